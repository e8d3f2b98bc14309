echo second {{ ts }}
