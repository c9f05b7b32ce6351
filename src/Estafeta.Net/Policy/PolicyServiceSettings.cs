using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Configuration.Values;

namespace Estafeta.Net.Policy;

/// <summary>
/// One policy service: <c>inet:host:port</c>, <c>unix:path</c>, or <c>{ inet:host:port, name = value, { name = value } … }</c> with settings
/// of its own over the smtpd_policy_service_* parameters (SMTPD_POLICY_README).
/// </summary>
public sealed record PolicyServiceSettings
{
    /// <summary>As configured, braces included: how warnings about its answers name it.</summary>
    public required string Name { get; init; }

    public required string Endpoint { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required TimeSpan RetryDelay { get; init; }

    public required int TryLimit { get; init; }

    public required TimeSpan MaxIdle { get; init; }

    public required TimeSpan MaxTtl { get; init; }

    /// <summary>Requests on one connection; 0 is no limit.</summary>
    public required int RequestLimit { get; init; }

    /// <summary>What counts as the answer when there is none.</summary>
    public required string DefaultAction { get; init; }

    public required string PolicyContext { get; init; }

    /// <exception cref="ConfigurationException">Unknown or malformed setting.</exception>
    public static PolicyServiceSettings Parse(string text, ParameterSet parameters)
    {
        var isBraced = text.StartsWith('{');
        var words = isBraced ? WordList.Split(Unbrace(text, text)) : [text];
        var settings = new PolicyServiceSettings
        {
            Name = text,
            Endpoint = words.Count > 0 ? words[0] : throw Bad(text, $"empty policy service: \"{text}\""),
            Timeout = parameters.Get(Parameters.SmtpdPolicyServiceTimeout),
            RetryDelay = parameters.Get(Parameters.SmtpdPolicyServiceRetryDelay),
            TryLimit = parameters.Get(Parameters.SmtpdPolicyServiceTryLimit),
            MaxIdle = parameters.Get(Parameters.SmtpdPolicyServiceMaxIdle),
            MaxTtl = parameters.Get(Parameters.SmtpdPolicyServiceMaxTtl),
            RequestLimit = parameters.Get(Parameters.SmtpdPolicyServiceRequestLimit),
            DefaultAction = parameters.Get(Parameters.SmtpdPolicyServiceDefaultAction),
            PolicyContext = parameters.Get(Parameters.SmtpdPolicyServicePolicyContext),
        };
        foreach (var word in words.Skip(1))
        {
            var pair = word.StartsWith('{') ? Unbrace(word, text) : word;
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            settings = equals > 0
                ? settings.With(pair[..equals].Trim(), pair[(equals + 1)..].Trim(), text)
                : throw Bad(text, $"missing '=' after attribute name: \"{pair}\"");
        }

        return settings;
    }

    private PolicyServiceSettings With(string name, string value, string text) => name switch
    {
        "timeout" => this with { Timeout = Time(name, value) },
        "retry_delay" => this with { RetryDelay = Time(name, value) },
        "try_limit" => this with { TryLimit = Number(name, value, 1) },
        "max_idle" => this with { MaxIdle = Time(name, value) },
        "max_ttl" => this with { MaxTtl = Time(name, value) },
        "request_limit" => this with { RequestLimit = Number(name, value, 0) },
        "default_action" => this with { DefaultAction = value },
        "policy_context" => this with { PolicyContext = value },
        _ => throw Bad(text, $"unexpected attribute name: \"{name}\""),
    };

    private static TimeSpan Time(string name, string value) => TimeValue.Parse(value, 's') is { } seconds
        ? TimeSpan.FromSeconds(seconds)
        : throw new ConfigurationException(TimeValue.Problem(name, value));

    private static int Number(string name, string value, int minimum) =>
        int.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= minimum
            ? number
            : throw new ConfigurationException($"bad numerical configuration: {name} = {value}");

    private static string Unbrace(string word, string text) =>
        WordList.Unbrace(word, out var inside) is { } problem ? throw Bad(text, problem) : inside.ToString();

    private static ConfigurationException Bad(string text, string problem) => new($"policy service syntax error: {problem} in \"{text}\"");
}
