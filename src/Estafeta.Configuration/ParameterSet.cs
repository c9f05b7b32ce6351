using System.Globalization;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Configuration;

/// <summary>
/// The parameters of one service: main.cf, overridden by the service's own <c>-o</c> options, with Postfix's defaults below.
/// Immutable; a reload makes a new one. Every daemon reads its settings record from it once.
/// </summary>
public sealed class ParameterSet
{
    private readonly Dictionary<string, string> _values;

    private ParameterSet(string configDirectory, Dictionary<string, string> values)
    {
        ConfigDirectory = configDirectory;
        _values = values;
    }

    public string ConfigDirectory { get; }

    public static ParameterSet Load(string configDirectory) =>
        Parse(File.ReadAllText(Path.Combine(configDirectory, "main.cf")), configDirectory);

    public static ParameterSet Parse(string text, string configDirectory = "/etc/postfix")
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        string? logical = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.Length == 0 || line.TrimStart().StartsWith('#') || string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            if (char.IsWhiteSpace(line[0]) && logical != null)
            {
                logical += line;
                continue;
            }

            Assign(values, logical);
            logical = line;
        }

        Assign(values, logical);
        return new ParameterSet(configDirectory, values);
    }

    /// <summary>The same parameters with a service's <c>-o name=value</c> on top.</summary>
    public ParameterSet With(IEnumerable<KeyValuePair<string, string>> overrides)
    {
        var values = new Dictionary<string, string>(_values, StringComparer.Ordinal);
        foreach (var (name, value) in overrides)
        {
            values[name] = value;
        }

        return new ParameterSet(ConfigDirectory, values);
    }

    /// <summary>Whether main.cf or <c>-o</c> sets it, even to its default.</summary>
    public bool IsSet(Parameter parameter) => _values.ContainsKey(parameter.Name);

    public string Get(StringParameter parameter) => Expand(Raw(parameter));

    public string Get(RawParameter parameter) => Raw(parameter);

    public bool Get(BooleanParameter parameter) => Expand(Raw(parameter)).ToLowerInvariant() switch
    {
        "yes" => true,
        "no" => false,
        var other => throw new ConfigurationException($"bad boolean configuration: {parameter.Name} = {other}"),
    };

    public int Get(IntegerParameter parameter) => (int)Number(parameter.Name, Expand(Raw(parameter)), parameter.Minimum, parameter.Maximum);

    public long Get(LongParameter parameter) => Number(parameter.Name, Expand(Raw(parameter)), parameter.Minimum, parameter.Maximum);

    public TimeSpan Get(TimeParameter parameter) => Time(parameter.Name, Expand(Raw(parameter)), Expand(parameter.Default));

    public string Get(TransportParameter parameter, string transport) =>
        Expand(_values.TryGetValue(parameter.NameFor(transport), out var value) ? value : parameter.Default);

    public int GetInteger(TransportParameter parameter, string transport) =>
        (int)Number(parameter.NameFor(transport), Get(parameter, transport), 0, int.MaxValue);

    public TimeSpan GetTime(TransportParameter parameter, string transport) =>
        Time(parameter.NameFor(transport), Get(parameter, transport), "s");

    /// <summary>The value as written, or null when neither main.cf nor the catalogue knows the name.</summary>
    public string? Find(string name) =>
        _values.TryGetValue(name, out var value) ? value : Parameters.All.FirstOrDefault(p => p.Name == name)?.Default;

    /// <summary>Expands <c>$name</c>, <c>${name}</c>, <c>${name?text}</c>, <c>${name:text}</c> until nothing is left to expand.</summary>
    public string Expand(string text) => text.Contains('$') ? Expand(text, 0) : text;

    private string Raw(Parameter parameter) =>
        _values.TryGetValue(parameter.Name, out var value) ? value : parameter.IsComputed ? Computed(parameter.Name) : parameter.Default;

    private string Computed(string name) => name switch
    {
        "myhostname" => Environment.MachineName.Contains('.') ? Environment.MachineName : Environment.MachineName + ".localdomain",
        "mydomain" => Expand("$myhostname") is var host && host.IndexOf('.') is > 0 and var dot ? host[(dot + 1)..] : "localdomain",
        "mynetworks" => "127.0.0.0/8 [::1]/128",
        "config_directory" => ConfigDirectory,
        _ => "",
    };

    private static void Assign(Dictionary<string, string> values, string? logical)
    {
        if (logical == null)
        {
            return;
        }

        var equals = logical.IndexOf('=');
        if (equals < 0)
        {
            throw new ConfigurationException($"missing '=' after attribute name: \"{logical}\"");
        }

        values[logical[..equals].Trim()] = logical[(equals + 1)..].Trim();
    }

    private string Expand(string text, int depth)
    {
        if (depth > 100)
        {
            throw new ConfigurationException($"unreasonable macro call nesting: {text}");
        }

        var result = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            i++;
            if (text[i] == '$')
            {
                result.Append('$');
            }
            else if (text[i] is '{' or '(')
            {
                var close = Close(text, i);
                result.Append(Reference(text[(i + 1)..close], depth));
                i = close;
            }
            else
            {
                var end = i;
                while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
                {
                    end++;
                }

                result.Append(Reference(text[i..end], depth));
                i = end - 1;
            }
        }

        return result.ToString();
    }

    private string Reference(string inner, int depth)
    {
        if (inner.StartsWith('{'))
        {
            return inner.Contains("level", StringComparison.Ordinal) ? "no" : "";
        }

        var op = inner.IndexOfAny(['?', ':']);
        var name = op < 0 ? inner : inner[..op];
        var value = Find(name) is { } raw ? (raw.Length == 0 ? Computed(name) : raw) : "";
        value = Expand(value, depth + 1);
        if (op < 0)
        {
            return value;
        }

        var rest = inner[(op + 1)..];
        if (inner[op] == ':')
        {
            return value.Length > 0 ? value : Expand(rest, depth + 1);
        }

        if (rest.StartsWith('{'))
        {
            var close = Close(rest, 0);
            var yes = rest[1..close];
            var no = close + 2 < rest.Length && rest[close + 1] == ':' ? rest[(close + 3)..^1] : "";
            return Expand(value.Length > 0 ? yes : no, depth + 1);
        }

        return value.Length > 0 ? Expand(rest, depth + 1) : "";
    }

    private static int Close(string text, int open)
    {
        var level = 0;
        for (var i = open; i < text.Length; i++)
        {
            level += text[i] is '{' or '(' ? 1 : text[i] is '}' or ')' ? -1 : 0;
            if (level == 0)
            {
                return i;
            }
        }

        throw new ConfigurationException($"truncated macro reference: \"{text}\"");
    }

    private static long Number(string name, string text, long minimum, long maximum)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            throw new ConfigurationException($"bad numerical configuration: {name} = {text}");
        }

        return value < minimum || value > maximum
            ? throw new ConfigurationException($"invalid {name} parameter value {value}")
            : value;
    }

    private static TimeSpan Time(string name, string text, string unitFrom)
    {
        var unit = text.Length > 0 && char.IsAsciiLetter(text[^1]) ? text[^1] : unitFrom[^1];
        var digits = text.TrimEnd('s', 'm', 'h', 'd', 'w', 'S', 'M', 'H', 'D', 'W');
        var number = Number(name, digits, 0, int.MaxValue);
        return TimeSpan.FromSeconds(number * char.ToLowerInvariant(unit) switch
        {
            's' => 1L,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            'w' => 604800,
            _ => throw new ConfigurationException($"{name}: unknown time unit in {text}"),
        });
    }
}
