Subject: [{organization}] {title} ({id})

{title}: {say}

Hora: {time}
Más: seawall show {id}
