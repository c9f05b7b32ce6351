using System.Globalization;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Interfaces;
using Estafeta.Configuration.Lists;

namespace Estafeta.Net.Milter;

public enum MilterDefaultAction
{
    Accept,
    Reject,
    TemporaryFailure,
    Quarantine,
    Shutdown,
}

/// <summary>
/// One milter of smtpd_milters or non_smtpd_milters: <c>inet:host:port</c>, <c>unix:path</c>, or
/// <c>{ inet:host:port, name = value, … }</c> with settings of its own over the milter_* parameters.
/// </summary>
public sealed record MilterSettings
{
    public required string Endpoint { get; init; }

    /// <summary>What a port in it may be called.</summary>
    public TcpServices Services { get; init; } = TcpServices.OfSystem;

    public required TimeSpan ConnectTimeout { get; init; }

    public required TimeSpan CommandTimeout { get; init; }

    public required TimeSpan ContentTimeout { get; init; }

    public required int Version { get; init; }

    public required MilterDefaultAction DefaultAction { get; init; }

    /// <summary>Macro names per stage, without braces around one-letter names.</summary>
    public required IReadOnlyDictionary<MilterStage, IReadOnlyList<string>> Macros { get; init; }

    /// <summary>Reads the milters of a list; <paramref name="items"/> are its elements, braces included.</summary>
    public static IReadOnlyList<MilterSettings> ParseAll(IEnumerable<string> items, ParameterSet parameters, string parameterName) =>
        [.. items.Select(item => Parse(item.Trim(), parameters, parameterName))];

    private static MilterSettings Parse(string item, ParameterSet parameters, string parameterName)
    {
        var defaults = FromParameters(parameters);
        if (!item.StartsWith('{'))
        {
            return defaults with { Endpoint = item };
        }

        if (WordList.Unbrace(item, out var inside) is { } problem)
        {
            throw new ConfigurationException($"{parameterName}: {problem}");
        }

        var words = WordList.Split(inside);
        if (words.Count == 0)
        {
            throw new ConfigurationException($"{parameterName}: milter service without name: \"{item}\"");
        }

        var settings = defaults with { Endpoint = words[0] };
        foreach (var braced in words.Skip(1))
        {
            var word = braced.StartsWith('{') && WordList.Unbrace(braced, out var text) == null ? text.ToString() : braced;
            var equals = word.IndexOf('=');
            if (equals < 0)
            {
                throw new ConfigurationException($"{parameterName}: missing '=' after attribute name: \"{word}\"");
            }

            settings = settings.Override(word[..equals].Trim(), parameters.Expand(word[(equals + 1)..].Trim()), parameterName);
        }

        return settings;
    }

    private MilterSettings Override(string name, string value, string parameterName) => name switch
    {
        "connect_timeout" => this with { ConnectTimeout = Time(name, value) },
        "command_timeout" => this with { CommandTimeout = Time(name, value) },
        "content_timeout" => this with { ContentTimeout = Time(name, value) },
        "protocol" => this with { Version = ParseVersion(value) },
        "default_action" => this with { DefaultAction = ParseAction(value) },
        _ => throw new ConfigurationException($"{parameterName}: bad milter attribute name: {name}"),
    };

    private static MilterSettings FromParameters(ParameterSet parameters) => new()
    {
        Endpoint = "",
        Services = TcpServices.Load(parameters),
        ConnectTimeout = parameters.Get(Parameters.MilterConnectTimeout),
        CommandTimeout = parameters.Get(Parameters.MilterCommandTimeout),
        ContentTimeout = parameters.Get(Parameters.MilterContentTimeout),
        Version = ParseVersion(parameters.Get(Parameters.MilterProtocol)),
        DefaultAction = ParseAction(parameters.Get(Parameters.MilterDefaultAction)),
        Macros = new Dictionary<MilterStage, IReadOnlyList<string>>
        {
            [MilterStage.Connect] = Names(parameters.Get(Parameters.MilterConnectMacros)),
            [MilterStage.Helo] = Names(parameters.Get(Parameters.MilterHeloMacros)),
            [MilterStage.Mail] = Names(parameters.Get(Parameters.MilterMailMacros)),
            [MilterStage.Recipient] = Names(parameters.Get(Parameters.MilterRcptMacros)),
            [MilterStage.Data] = Names(parameters.Get(Parameters.MilterDataMacros)),
            [MilterStage.EndOfHeaders] = Names(parameters.Get(Parameters.MilterEndOfHeaderMacros)),
            [MilterStage.EndOfBody] = Names(parameters.Get(Parameters.MilterEndOfDataMacros)),
            [MilterStage.Unknown] = Names(parameters.Get(Parameters.MilterUnknownCommandMacros)),
        },
    };

    internal static IReadOnlyList<string> Names(string list) =>
        list.Split([' ', ',', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);

    internal static MilterDefaultAction ParseAction(string word) => word switch
    {
        "accept" => MilterDefaultAction.Accept,
        "reject" => MilterDefaultAction.Reject,
        "tempfail" => MilterDefaultAction.TemporaryFailure,
        "quarantine" => MilterDefaultAction.Quarantine,
        "shutdown" => MilterDefaultAction.Shutdown,
        _ => throw new ConfigurationException($"milter_default_action: bad value: {word}"),
    };

    // "6" or, for old filters, "6 no_header_reply": only the number matters to us, the words are negotiated.
    private static int ParseVersion(string text)
    {
        var word = text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var first, ..] ? first : "";
        return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && version is >= MilterProtocol.OldestVersion and <= MilterProtocol.NewestVersion
            ? version
            : throw new ConfigurationException($"milter_protocol: unsupported version: {text}");
    }

    private static TimeSpan Time(string name, string value)
    {
        var hasUnit = value.Length > 0 && char.IsAsciiLetter(value[^1]);
        var scale = (hasUnit ? char.ToLowerInvariant(value[^1]) : 's') switch { 's' => 1L, 'm' => 60, 'h' => 3600, 'd' => 86400, 'w' => 604800, _ => 0 };
        return scale > 0 && int.TryParse(hasUnit ? value[..^1] : value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? TimeSpan.FromSeconds(number * scale)
            : throw new ConfigurationException($"bad time value: {name} = {value}");
    }
}
