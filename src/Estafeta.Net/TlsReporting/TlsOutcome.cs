namespace Estafeta.Net.TlsReporting;

/// <summary>One attempt of the SMTP client to speak TLS, as a report tells it (RFC 8460 §4.4).</summary>
public sealed record TlsOutcome
{
    /// <summary>The domain the policy belongs to: the recipient domain, or for <c>tlsa</c> the domain of the MX records.</summary>
    public required string Domain { get; init; }

    /// <summary><c>sts</c>, <c>tlsa</c> or <c>no-policy-found</c>.</summary>
    public required string PolicyType { get; init; }

    /// <summary>Lines of an STS policy, or TLSA records.</summary>
    public IReadOnlyList<string> PolicyStrings { get; init; } = [];

    public IReadOnlyList<string> MxHosts { get; init; } = [];

    /// <summary>Empty for success, else a type of RFC 8460 §4.3.</summary>
    public string ResultType { get; init; } = "";

    public string SendingAddress { get; init; } = "";

    public string ReceivingHost { get; init; } = "";

    public string ReceivingHelo { get; init; } = "";

    public string ReceivingAddress { get; init; } = "";

    public string AdditionalInformation { get; init; } = "";

    public string ReasonCode { get; init; } = "";

    public bool IsFailure => ResultType.Length > 0;
}
