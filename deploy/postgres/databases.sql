-- One database for each room: their tables share names, and none may read another's.
CREATE DATABASE escalation;
CREATE DATABASE chat;
CREATE DATABASE tracker;
CREATE DATABASE pending;
