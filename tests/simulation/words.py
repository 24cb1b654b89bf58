"""What the simulated customers say: problems, answers to the report's questions, and what nobody asked them."""

from __future__ import annotations

PROBLEMS: dict[str, tuple[str, ...]] = {
    "mail": (
        "no puedo enviar correos desde outlook, me pide la contraseña todo el tiempo",
        "los mails que mando a gmail llegan a la carpeta de spam",
        "desde ayer no me entra ningún correo en la casilla de ventas",
        "me rebotan todos los mails con un 550",
        "la casilla está llena y no sé cómo borrar lo viejo",
        "los correos me llegan repetidos tres o cuatro veces",
        "no puedo configurar el mail en el iphone nuevo",
        "el webmail me deja la pantalla en blanco cuando entro",
        "recibo un montón de rebotes de mails que yo no mandé",
        "los adjuntos de más de 10 megas no salen",
        "quiero que lo que llega a info se reenvíe a otra casilla",
        "se me borraron todos los correos de la bandeja de entrada",
        "un cliente me dice que sus mails le vuelven rechazados",
        "el correo tarda como dos horas en llegar",
        "cambié la contraseña de la casilla y ahora no anda en ningún lado",
        "outlook dice que el certificado del servidor no es válido",
        "thunderbird no se conecta al servidor de correo entrante",
        "mis mails salen sin los acentos, con símbolos raros",
    ),
    "site": (
        "mi página no carga, queda en blanco",
        "el sitio está lentísimo desde el lunes",
        "me sale error 500 al entrar al administrador de wordpress",
        "la tienda muestra error al conectar con la base de datos",
        "me hackearon el sitio y redirige a otra página",
        "subí archivos por ftp y no se ven los cambios",
        "no puedo conectarme por ftp con filezilla",
        "el candado del certificado no aparece en mi web",
        "el formulario de contacto de la web no manda nada",
        "necesito actualizar la versión de php del sitio",
        "se perdieron las fotos de la galería de mi página",
        "actualicé un plugin de wordpress y se rompió todo",
        "el sitio muestra el aviso de otra empresa",
        "quiero restaurar una copia de seguridad de la semana pasada",
        "me aparece forbidden 403 en todas las páginas",
        "no puedo importar la base de datos en phpmyadmin",
    ),
    "domain": (
        "registré el dominio en nic y no apunta al hosting",
        "mi dominio venció y quiero recuperarlo",
        "qué dns tengo que poner en nic.ar para que ande el sitio",
        "cambié los dns hace tres días y sigue sin andar",
        "quiero agregar otro dominio a mi cuenta",
        "necesito crear un subdominio para la tienda",
        "quiero apuntar el dominio a un servidor de otra empresa",
        "me llegó un aviso de que el dominio está por vencer",
        "necesito agregar un registro txt para verificar google",
        "no sé cómo transferir mi dominio com a ustedes",
    ),
    "payment": (
        "pagué la factura hace una semana y sigue figurando impaga",
        "me cobraron dos veces el mismo mes con la tarjeta",
        "necesito la factura a con el cuit de la empresa",
        "no puedo pagar con mercado pago, me da rechazado",
        "me suspendieron el servicio pero ya transferí",
        "dónde veo las facturas del año pasado",
        "quiero cambiar la tarjeta con la que pago",
        "el monto de la factura no coincide con mi plan",
        "a qué cuenta hago la transferencia",
    ),
    "account": (
        "no puedo entrar al panel de control",
        "me olvidé la contraseña del área de clientes",
        "quiero cambiar el titular de la cuenta",
        "se me llenó el espacio en disco del plan",
        "quiero pasar a un plan más grande",
        "el panel me dice que el usuario está bloqueado",
        "necesito darle acceso al panel a mi programador",
        "quiero cambiar el mail con el que estoy registrado",
        "el panel muestra archivos que no son míos",
    ),
}

AREAS = {"mail": "correo", "site": "el sitio web", "domain": "el dominio", "payment": "pagos", "account": "el panel"}
MORE_DETAIL = ("Empezó de golpe, sin que tocara nada.", "Ya reinicié todo y sigue igual.", "Es urgente porque trabajo con esto.")
SITES = ("sudominio.com.ar", "sutienda.com.ar", "ventas@sudominio.com.ar", "ferreteriaelclavo.com.ar", "estudiopaz.com")
MISTYPED_SITES = ("sudominio.con.ar", "ventas@sudominio.comar")
ERRORS = (
    "550 5.7.1 Message rejected due to local policy",
    "Error establishing a database connection",
    "0x800CCC0E no se puede conectar al servidor",
    "HTTP ERROR 500",
    "421 Too many connections",
)
SCOPES = ("sólo la casilla de ventas", "una sola", "todas las del dominio", "en varias casillas, no en todas")
PROGRAMS = ("en outlook", "el mail del celular samsung", "desde el webmail", "uso thunderbird", "em client")
# What is typed, and the offered answer that means the same.
FREQUENCIES = (
    ("siempre", "Siempre"),
    ("a veces, sobre todo los lunes", "Sólo en ciertos casos"),
    ("pasó una sola vez", "Pasó una sola vez"),
    ("cada vez que mando algo con adjunto", "Sólo en ciertos casos"),
)
CIRCUMSTANCES = ("cuando mando a direcciones de gmail", "sólo desde la red de la oficina", "al rato de estar conectado")
SINCES = ("desde el martes a la tarde", "desde que cambié la contraseña", "hace unas dos semanas", "desde ayer")

QUESTIONS = (
    "¿cómo cambio la versión de php?",
    "¿cuánto sale el plan más chico?",
    "¿cómo configuro el correo en el celular?",
    "¿atienden los domingos?",
    "¿cuáles son los dns?",
)
GREETINGS = ("hola", "buenas tardes", "hola, ¿qué tal?", "gracias", "buen día!!")
INSULTS = ("son unos inútiles", "esto es una porquería, no sirve para nada", "la concha de su madre, arreglen esto")
EMOJI = ("👍", "😡😡😡", "🙏", "🤷‍♂️", "¯\\_(ツ)_/¯")
EMPTYISH = (".", "...", "?", "-", "\u200b", "\u00a0.\u00a0", "​ \u2060")
RAW = (
    "/affirm",
    "/open_ticket{}",
    "/restart",
    '/choose_entry{"topic": "x"}',
    "/session_start",
    "/ticket_solve",
    "EXTERNAL: x",
    "/",
)
OTHERS = (
    "I cannot send mail, please help",
    "quiero hablar con una persona",
    "¿sos un robot?",
    "es urgente!!",
    "como va mi ticket?",
)
PASSWORDS = (
    "mi contraseña es {}",
    "pass: {}",
    "la clave del mail es {} y no me deja entrar",
    "usuario ventas contraseña {}",
    "cliente@sudominio.com.ar {}",
    "le paso la contraseña del panel: {}",
)
LONG = "No me anda el servicio y le cuento toda la historia con detalle para que entiendan bien. "
YES = ("sí", "si", "Sí", "si, envíelo", "dale")
