Subject: [{organization}] {title}: {count}

Este único mensaje reúne {count}, de {from} a {until}.

{sums}

{list}

Todo completo: seawall report
