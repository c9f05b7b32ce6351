using System.Buffers;
using System.Text.Json;

namespace Estafeta.Net.TlsReporting;

/// <summary>
/// An outcome as the library libtlsrpt (protocol version 1) tells it to tlsrpt-collectd, which makes the reports: a JSON object in one datagram.
/// </summary>
public static class TlsReportDatagram
{
    private const string Version = "1";

    /// <param name="outcome">One attempt at TLS.</param>
    /// <param name="record">The domain's TXT record, as it stands.</param>
    public static byte[] Format(TlsOutcome outcome, string record)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("dpv", Version);
            json.WriteString("d", outcome.Domain);
            json.WriteString("pr", record);
            json.WriteStartArray("policies");
            WritePolicy(json, outcome);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WritePolicy(Utf8JsonWriter json, TlsOutcome outcome)
    {
        var type = PolicyNumber(outcome.PolicyType);
        json.WriteStartObject();
        json.WriteNumber("policy-type", type);
        if (type != NoPolicyFound)
        {
            json.WriteString("policy-domain", outcome.Domain);
        }

        json.WriteUnlessEmpty("policy-string", outcome.PolicyStrings);
        json.WriteUnlessEmpty("mx-host", outcome.MxHosts);
        if (outcome.IsFailure)
        {
            json.WriteStartArray("failure-details");
            WriteFailure(json, outcome);
            json.WriteEndArray();
        }

        json.WriteNumber("t", outcome.IsFailure ? 1 : 0); // how many failures are listed
        json.WriteNumber("f", outcome.IsFailure ? 1 : 0); // how it ended
        json.WriteEndObject();
    }

    private static void WriteFailure(Utf8JsonWriter json, TlsOutcome outcome)
    {
        json.WriteStartObject();
        json.WriteNumber("c", FailureNumber(outcome.ResultType));
        json.WriteUnlessEmpty("s", outcome.SendingAddress);
        json.WriteUnlessEmpty("n", outcome.ReceivingHost);
        json.WriteUnlessEmpty("h", outcome.ReceivingHelo);
        json.WriteUnlessEmpty("r", outcome.ReceivingAddress);
        json.WriteUnlessEmpty("a", outcome.AdditionalInformation);
        json.WriteUnlessEmpty("f", outcome.ReasonCode);
        json.WriteEndObject();
    }

    private const int NoPolicyFound = 9;

    private static int PolicyNumber(string type) => type switch
    {
        "tlsa" => 1,
        "sts" => 2,
        _ => NoPolicyFound,
    };

    private static int FailureNumber(string type) => type switch
    {
        "starttls-not-supported" => 201,
        "certificate-host-mismatch" => 202,
        "certificate-not-trusted" => 203,
        "certificate-expired" => 204,
        "sts-policy-fetch-error" => 301,
        "sts-policy-invalid" => 302,
        "sts-webpki-invalid" => 303,
        "tlsa-invalid" => 304,
        "dnssec-invalid" => 305,
        "dane-required" => 306,
        _ => 205, // validation-failure
    };
}
