Subject: [{organization}] {title}, de {from} a {time}

Lo que dice el registro del tiempo de {from} a {time}:

{sums}

{list}

Todo completo, con imágenes: seawall report
