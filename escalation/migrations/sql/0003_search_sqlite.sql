-- What full-text search reads, kept current by the database itself: whoever writes, in whatever way, changes it as well.
-- search_tickets and search_customers hold the text that a ticket or customer can be found by, made by the views; triggers on
-- the tables refresh it in the transaction of the change. Beside it lies an FTS5 index with external content
-- (https://sqlite.org/fts5.html, 4.4.3).
-- An index without places (detail=none) is a fifth of the size, and each length of beginning that people type has its own: a word
-- that is half typed must not be put together from all the words that it may become.
-- Statements are separated by empty lines. Frozen: it belongs to migration 0003.
CREATE TABLE search_tickets (ticket_id INTEGER NOT NULL PRIMARY KEY, text TEXT NOT NULL)

CREATE TABLE search_customers (
  id INTEGER NOT NULL PRIMARY KEY, customer_id VARCHAR(36) NOT NULL UNIQUE, text TEXT NOT NULL
)

CREATE VIRTUAL TABLE search_ticket_words USING fts5 (
  text, content='search_tickets', content_rowid='ticket_id', tokenize='unicode61 remove_diacritics 2',
  prefix='1 2 3 4 5 6 7 8', detail=none
)

CREATE TRIGGER search_ticket_words_insert AFTER INSERT ON search_tickets BEGIN
  INSERT INTO search_ticket_words (rowid, text) VALUES (new.ticket_id, new.text);
END

CREATE TRIGGER search_ticket_words_delete AFTER DELETE ON search_tickets BEGIN
  INSERT INTO search_ticket_words (search_ticket_words, rowid, text) VALUES ('delete', old.ticket_id, old.text);
END

CREATE TRIGGER search_ticket_words_update AFTER UPDATE ON search_tickets BEGIN
  INSERT INTO search_ticket_words (search_ticket_words, rowid, text) VALUES ('delete', old.ticket_id, old.text);
  INSERT INTO search_ticket_words (rowid, text) VALUES (new.ticket_id, new.text);
END

CREATE VIRTUAL TABLE search_customer_words USING fts5 (
  text, content='search_customers', content_rowid='id', tokenize='unicode61 remove_diacritics 2',
  prefix='1 2 3 4 5 6 7 8', detail=none
)

CREATE TRIGGER search_customer_words_insert AFTER INSERT ON search_customers BEGIN
  INSERT INTO search_customer_words (rowid, text) VALUES (new.id, new.text);
END

CREATE TRIGGER search_customer_words_delete AFTER DELETE ON search_customers BEGIN
  INSERT INTO search_customer_words (search_customer_words, rowid, text) VALUES ('delete', old.id, old.text);
END

CREATE TRIGGER search_customer_words_update AFTER UPDATE ON search_customers BEGIN
  INSERT INTO search_customer_words (search_customer_words, rowid, text) VALUES ('delete', old.id, old.text);
  INSERT INTO search_customer_words (rowid, text) VALUES (new.id, new.text);
END

-- A merged ticket is found as the one that it went into, where its messages lie. The newest message first: of a very long
-- thread PostgreSQL reads only the beginning.
CREATE VIEW search_ticket_texts AS
SELECT t.id AS ticket_id, t.number || ' ' || t.subject || ' ' || c.name
  || ' ' || coalesce((SELECT group_concat(a.address, ' ') FROM customer_addresses a WHERE a.customer_id = c.id), '')
  || ' ' || coalesce((SELECT group_concat(m.number, ' ') FROM tickets m WHERE m.merged_into_id = t.id), '')
  || ' ' || coalesce((SELECT group_concat(m.subject, ' ') FROM tickets m WHERE m.merged_into_id = t.id), '')
  || ' ' || coalesce((SELECT group_concat(f.value, ' ') FROM json_each(t.fields) f WHERE f.type = 'text'), '')
  || ' ' || coalesce((SELECT group_concat(b.body, ' ') FROM (SELECT body FROM ticket_messages WHERE ticket_id = t.id ORDER BY id DESC) b), '') AS text
FROM tickets t JOIN customers c ON c.id = t.customer_id
WHERE t.merged_into_id IS NULL

CREATE VIEW search_customer_texts AS
SELECT c.id AS customer_id, c.name
  || ' ' || coalesce((SELECT group_concat(a.address, ' ') FROM customer_addresses a WHERE a.customer_id = c.id), '')
  || ' ' || coalesce((SELECT group_concat(d.name, ' ') FROM customer_domains d WHERE d.customer_id = c.id), '')
  || ' ' || coalesce((SELECT group_concat(b.name, ' ') FROM customer_mailboxes b WHERE b.customer_id = c.id), '') AS text
FROM customers c

CREATE TRIGGER search_tickets_insert AFTER INSERT ON tickets BEGIN
  INSERT INTO search_tickets (ticket_id, text)
  SELECT ticket_id, text FROM search_ticket_texts WHERE ticket_id = new.id
  ON CONFLICT (ticket_id) DO UPDATE SET text = excluded.text WHERE search_tickets.text <> excluded.text;
END

CREATE TRIGGER search_tickets_update AFTER UPDATE OF number, subject, fields, customer_id, merged_into_id ON tickets BEGIN
  INSERT INTO search_tickets (ticket_id, text)
  SELECT ticket_id, text FROM search_ticket_texts WHERE ticket_id IN (new.id, new.merged_into_id, old.merged_into_id)
  ON CONFLICT (ticket_id) DO UPDATE SET text = excluded.text WHERE search_tickets.text <> excluded.text;
  DELETE FROM search_tickets WHERE ticket_id = new.id AND new.merged_into_id IS NOT NULL;
END

CREATE TRIGGER search_tickets_delete AFTER DELETE ON tickets BEGIN
  DELETE FROM search_tickets WHERE ticket_id = old.id;
END

CREATE TRIGGER search_ticket_messages_insert AFTER INSERT ON ticket_messages BEGIN
  INSERT INTO search_tickets (ticket_id, text)
  SELECT ticket_id, text FROM search_ticket_texts WHERE ticket_id = new.ticket_id
  ON CONFLICT (ticket_id) DO UPDATE SET text = excluded.text WHERE search_tickets.text <> excluded.text;
END

CREATE TRIGGER search_ticket_messages_update AFTER UPDATE OF body, ticket_id ON ticket_messages BEGIN
  INSERT INTO search_tickets (ticket_id, text)
  SELECT ticket_id, text FROM search_ticket_texts WHERE ticket_id IN (new.ticket_id, old.ticket_id)
  ON CONFLICT (ticket_id) DO UPDATE SET text = excluded.text WHERE search_tickets.text <> excluded.text;
END

CREATE TRIGGER search_ticket_messages_delete AFTER DELETE ON ticket_messages BEGIN
  INSERT INTO search_tickets (ticket_id, text)
  SELECT ticket_id, text FROM search_ticket_texts WHERE ticket_id = old.ticket_id
  ON CONFLICT (ticket_id) DO UPDATE SET text = excluded.text WHERE search_tickets.text <> excluded.text;
END

CREATE TRIGGER search_customers_insert AFTER INSERT ON customers BEGIN
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id = new.id
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
END

CREATE TRIGGER search_customers_update AFTER UPDATE OF name ON customers BEGIN
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id = new.id
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
  INSERT INTO search_tickets (ticket_id, text)
  SELECT ticket_id, text FROM search_ticket_texts WHERE ticket_id IN (SELECT id FROM tickets WHERE customer_id = new.id)
  ON CONFLICT (ticket_id) DO UPDATE SET text = excluded.text WHERE search_tickets.text <> excluded.text;
END

CREATE TRIGGER search_customers_delete AFTER DELETE ON customers BEGIN
  DELETE FROM search_customers WHERE customer_id = old.id;
END

CREATE TRIGGER search_customer_addresses_insert AFTER INSERT ON customer_addresses BEGIN
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id = new.customer_id
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
  INSERT INTO search_tickets (ticket_id, text)
  SELECT ticket_id, text FROM search_ticket_texts WHERE ticket_id IN (SELECT id FROM tickets WHERE customer_id = new.customer_id)
  ON CONFLICT (ticket_id) DO UPDATE SET text = excluded.text WHERE search_tickets.text <> excluded.text;
END

CREATE TRIGGER search_customer_addresses_update AFTER UPDATE ON customer_addresses BEGIN
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id IN (new.customer_id, old.customer_id)
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
  INSERT INTO search_tickets (ticket_id, text)
  SELECT ticket_id, text FROM search_ticket_texts WHERE ticket_id IN (SELECT id FROM tickets WHERE customer_id IN (new.customer_id, old.customer_id))
  ON CONFLICT (ticket_id) DO UPDATE SET text = excluded.text WHERE search_tickets.text <> excluded.text;
END

CREATE TRIGGER search_customer_addresses_delete AFTER DELETE ON customer_addresses BEGIN
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id = old.customer_id
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
  INSERT INTO search_tickets (ticket_id, text)
  SELECT ticket_id, text FROM search_ticket_texts WHERE ticket_id IN (SELECT id FROM tickets WHERE customer_id = old.customer_id)
  ON CONFLICT (ticket_id) DO UPDATE SET text = excluded.text WHERE search_tickets.text <> excluded.text;
END

CREATE TRIGGER search_customer_domains_insert AFTER INSERT ON customer_domains BEGIN
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id = new.customer_id
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
END

CREATE TRIGGER search_customer_domains_update AFTER UPDATE ON customer_domains BEGIN
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id IN (new.customer_id, old.customer_id)
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
END

CREATE TRIGGER search_customer_domains_delete AFTER DELETE ON customer_domains BEGIN
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id = old.customer_id
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
END

CREATE TRIGGER search_customer_mailboxes_insert AFTER INSERT ON customer_mailboxes BEGIN
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id = new.customer_id
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
END

CREATE TRIGGER search_customer_mailboxes_update AFTER UPDATE ON customer_mailboxes BEGIN
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id IN (new.customer_id, old.customer_id)
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
END

CREATE TRIGGER search_customer_mailboxes_delete AFTER DELETE ON customer_mailboxes BEGIN
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id = old.customer_id
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
END

INSERT INTO search_tickets (ticket_id, text) SELECT ticket_id, text FROM search_ticket_texts

INSERT INTO search_customers (customer_id, text) SELECT customer_id, text FROM search_customer_texts
