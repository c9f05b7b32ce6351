using System.Globalization;
using System.Text.Json;

namespace Estafeta.Net.TlsReporting;

/// <summary>A report as its receiver gets it: the JSON of RFC 8460 §4.4. The same form keeps a day's count on disk.</summary>
public sealed record TlsReport
{
    public required string Organization { get; init; }

    public required string ContactInfo { get; init; }

    public required string Id { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }

    /// <summary>Usually of one domain.</summary>
    public required IReadOnlyList<TlsTally> Domains { get; init; }

    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("organization-name", Organization);
            json.WriteStartObject("date-range");
            json.WriteString("start-datetime", Format(Start));
            json.WriteString("end-datetime", Format(End));
            json.WriteEndObject();
            json.WriteString("contact-info", ContactInfo);
            json.WriteString("report-id", Id);
            json.WriteStartArray("policies");
            foreach (var domain in Domains)
            {
                foreach (var policy in domain.Policies)
                {
                    Write(json, domain.Domain, policy);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static string Format(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static void Write(Utf8JsonWriter json, string domain, TlsPolicyTally tally)
    {
        json.WriteStartObject();
        json.WriteStartObject("policy");
        json.WriteString("policy-type", tally.Type);
        json.WriteUnlessEmpty("policy-string", tally.Strings);
        json.WriteString("policy-domain", domain);
        json.WriteUnlessEmpty("mx-host", tally.MxHosts);
        json.WriteEndObject();
        json.WriteStartObject("summary");
        json.WriteNumber("total-successful-session-count", tally.Successes);
        json.WriteNumber("total-failure-session-count", tally.Failures);
        json.WriteEndObject();
        if (tally.Kinds.Count > 0)
        {
            json.WriteStartArray("failure-details");
            foreach (var (failure, sessions) in tally.Kinds)
            {
                Write(json, failure, sessions);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TlsFailure failure, long sessions)
    {
        json.WriteStartObject();
        json.WriteString("result-type", failure.ResultType);
        json.WriteUnlessEmpty("sending-mta-ip", failure.SendingAddress);
        json.WriteUnlessEmpty("receiving-mx-hostname", failure.ReceivingHost);
        json.WriteUnlessEmpty("receiving-mx-helo", failure.ReceivingHelo);
        json.WriteUnlessEmpty("receiving-ip", failure.ReceivingAddress);
        json.WriteNumber("failed-session-count", sessions);
        json.WriteUnlessEmpty("additional-information", failure.AdditionalInformation);
        json.WriteUnlessEmpty("failure-reason-code", failure.ReasonCode);
        json.WriteEndObject();
    }
}
