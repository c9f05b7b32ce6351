# The openspf suite (YAML, gzipped) as lines that Zone.ReadCases reads.
import gzip, sys, yaml

def text(value):
    return ''.join(value) if isinstance(value, list) else value

out = open(1, 'w', encoding='latin-1', errors='replace', closefd=False)
for section in yaml.safe_load_all(gzip.open(sys.argv[1], 'rt', encoding='utf-8')):
    print('==', section['description'], file=out)
    for name, records in (section.get('zonedata') or {}).items():
        pairs = [(next(iter(r.items())) if isinstance(r, dict) else (r, None)) for r in records]
        copies = [(('TXT' if t == 'SPF' else t), v) for t, v in pairs]
        if any(t == 'TXT' for t, _ in pairs):
            copies = [(t, v) for t, v in pairs if t != 'SPF']
        for kind, value in copies:
            if kind == 'TIMEOUT':
                print('zone', name, 'TROUBLE', file=out)
            elif kind == 'MX':
                print('zone', name, 'MX', value[0], value[1], file=out)
            elif not (kind == 'TXT' and value == 'NONE'):
                print('zone', name, kind, text(value).replace('\n', '\\n'), file=out)
    for name, case in section['tests'].items():
        result = case['result']
        fields = [name, case['host'], case['mailfrom'], case['helo'], ','.join(result) if isinstance(result, list) else result]
        if case.get('explanation') and case['explanation'] != 'DEFAULT':
            fields.append(case['explanation'])
        print('test', ' | '.join(map(str, fields)), file=out)
