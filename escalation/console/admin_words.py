"""Words of the console that are looked up by a value; each is marked for the catalogue and translated where it is shown."""

from __future__ import annotations

from escalation import audit
from escalation.catalogue import N_

AUDIT_NAMES: dict[str, str] = {
    audit.LOGIN: N_("Ingreso"),
    audit.LOGIN_FAILED: N_("Ingreso fallido"),
    audit.LOGOUT: N_("Salida"),
    audit.FACTOR_ON: N_("Segundo factor activado"),
    audit.FACTOR_OFF: N_("Segundo factor quitado"),
    audit.FACTOR_FAILED: N_("Código de segundo factor fallido"),
    audit.RECOVERY_USED: N_("Código de recuperación usado"),
    audit.ATTACHMENT_READ: N_("Archivo descargado"),
    audit.EXPORTED: N_("Exportación"),
    audit.SETTING_CHANGED: N_("Ajuste cambiado"),
    audit.STAFF_ADDED: N_("Persona agregada"),
    audit.STAFF_ROLE: N_("Rol cambiado"),
    audit.STAFF_ACTIVE: N_("Persona activada o desactivada"),
    audit.PASSWORD_CHANGED: N_("Contraseña cambiada"),
    audit.SESSIONS_ENDED: N_("Sesiones cerradas"),
    audit.CUSTOMER_ADDED: N_("Cliente agregado"),
    audit.CUSTOMER_BLOCKED: N_("Cliente bloqueado o desbloqueado"),
    audit.CUSTOMER_MERGED: N_("Clientes unidos"),
    audit.CUSTOMER_ADDRESS: N_("Dirección de cliente"),
    audit.CUSTOMER_SERVICE: N_("Servicio de cliente"),
    audit.CUSTOMERS_IMPORTED: N_("Clientes importados"),
    audit.INCIDENT_DECLARED: N_("Incidente declarado"),
    audit.INCIDENT_TOLD: N_("Mensaje de incidente"),
    audit.INCIDENT_CLOSED: N_("Incidente cerrado"),
}
ROLE_NAMES = {"agent": N_("Agente"), "admin": N_("Administrador")}
