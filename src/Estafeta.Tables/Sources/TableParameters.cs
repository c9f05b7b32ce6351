using Estafeta.Configuration.Files;
using Estafeta.Configuration.MainCf;
using Estafeta.Configuration.Values;

namespace Estafeta.Tables.Sources;

/// <summary>
/// The settings of one table (ldap, SQL, memcache, mongodb): a file in main.cf's syntax, taken literally, when the source begins with <c>/</c> or <c>.</c>; else
/// parameters of main.cf whose names begin with the source and an underscore.
/// </summary>
public sealed class TableParameters
{
    private readonly TableRequest _request;
    private readonly Dictionary<string, string>? _file;

    private TableParameters(TableRequest request, Dictionary<string, string>? file)
    {
        _request = request;
        _file = file;
    }

    /// <exception cref="TableUnavailableException">The file cannot be read or has a syntax error.</exception>
    public static TableParameters Load(TableRequest request)
    {
        if (request.Source[0] is not ('/' or '.'))
        {
            return new TableParameters(request, null);
        }

        var text = Text.RawText.Decode(Files.TableFile.ReadAll(request.Source));
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var entry in MainCfFile.Parse(text, request.Source).Entries)
            {
                values[entry.Name] = entry.Value;
            }
        }
        catch (Configuration.ConfigurationException e)
        {
            throw new TableUnavailableException(e.Message);
        }

        return new TableParameters(request, values);
    }

    public bool IsSet(string name) => Find(name) != null;

    public string? Find(string name)
    {
        if (_file != null)
        {
            return _file.GetValueOrDefault(name);
        }

        var full = $"{_request.Source}_{name}";
        return _request.Tables.Parameters.IsSet(full)
            ? _request.Tables.Parameters.Expand(_request.Tables.Parameters.Find(full) ?? "")
            : null;
    }

    public string Get(string name, string defaultValue) => Find(name) ?? defaultValue;

    /// <exception cref="TableUnavailableException">It is not set, or to nothing.</exception>
    public string GetRequired(string name) => Get(name, "") is { Length: > 0 } value
        ? value
        : throw new TableUnavailableException($"{_request.Source}: mandatory parameter '{name}' is not specified");

    public int GetInteger(string name, int defaultValue, int minimum, int maximum = 0)
    {
        if (Find(name) is not { } text)
        {
            return defaultValue;
        }

        var value = NumberValue.Parse(text, int.MinValue, int.MaxValue) ?? throw Wrong(name, NumberValue.Problem(name, text));
        return NumberValue.RangeProblem(name, value, minimum, maximum) is { } problem ? throw Wrong(name, problem) : (int)value;
    }

    public bool GetBoolean(string name, bool defaultValue) => Find(name) is not { } text ? defaultValue
        : BooleanValue.TryParse(text, out var value) ? value
        : throw Wrong(name, BooleanValue.Problem(name, text));

    /// <summary>Seconds, or with a unit.</summary>
    public TimeSpan GetTime(string name, TimeSpan defaultValue) => Find(name) is not { } text ? defaultValue
        : TimeValue.Parse(text, 's') is { } seconds ? TimeSpan.FromSeconds(seconds)
        : throw Wrong(name, TimeValue.Problem(name, text));

    private TableUnavailableException Wrong(string name, string problem) => new($"{_request.Name}: {name}: {problem}");
}
