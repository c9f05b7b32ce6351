using System.Globalization;
using System.Text.Json;

namespace Estafeta.Net.TlsReporting;

/// <summary>Reads the JSON of RFC 8460 §4.4, ours and other people's. What is missing or of another type is taken as empty.</summary>
public static class TlsReportReader
{
    private const int MaximumPolicies = 10_000;

    /// <summary>Throws <see cref="FormatException"/> for what is no report.</summary>
    public static TlsReport Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new FormatException("not a TLS report: " + e.Message, e);
        }
    }

    private static TlsReport Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("policies", out var policies) || policies.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException("not a TLS report: no policies");
        }

        var domains = new Dictionary<string, TlsTally>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in policies.EnumerateArray().Take(MaximumPolicies))
        {
            var policy = Object(item, "policy");
            var domain = Text(policy, "policy-domain");
            if (!domains.TryGetValue(domain, out var tally))
            {
                domains[domain] = tally = new TlsTally(domain);
            }

            if (tally.Find(Text(policy, "policy-type"), List(policy, "policy-string"), List(policy, "mx-host")) is { } found)
            {
                Add(found, item);
            }
        }

        var range = Object(root, "date-range");
        return new TlsReport
        {
            Organization = Text(root, "organization-name"),
            ContactInfo = Text(root, "contact-info"),
            Id = Text(root, "report-id"),
            Start = Time(range, "start-datetime"),
            End = Time(range, "end-datetime"),
            Domains = [.. domains.Values],
        };
    }

    private static void Add(TlsPolicyTally tally, JsonElement item)
    {
        var summary = Object(item, "summary");
        tally.Successes += Number(summary, "total-successful-session-count");
        tally.Failures += Number(summary, "total-failure-session-count");
        if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("failure-details", out var details) || details.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (var detail in details.EnumerateArray().Take(MaximumPolicies))
        {
            var kind = new TlsFailure(
                Text(detail, "result-type"),
                Text(detail, "sending-mta-ip"),
                Text(detail, "receiving-mx-hostname"),
                Text(detail, "receiving-mx-helo"),
                Text(detail, "receiving-ip"),
                Text(detail, "additional-information"),
                Text(detail, "failure-reason-code"));
            tally.Kinds[kind] = tally.Kinds.GetValueOrDefault(kind) + Number(detail, "failed-session-count");
        }
    }

    private static JsonElement Object(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : default;

    private static string Text(JsonElement parent, string name) =>
        Object(parent, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() ?? "" : "";

    private static long Number(JsonElement parent, string name) =>
        Object(parent, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? Math.Max(0, number) : 0;

    // Some senders write a single string where the RFC has a list.
    private static IReadOnlyList<string> List(JsonElement parent, string name) => Object(parent, name) switch
    {
        { ValueKind: JsonValueKind.String } value => [value.GetString() ?? ""],
        { ValueKind: JsonValueKind.Array } value => [.. value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString() ?? "")],
        _ => [],
    };

    private static DateTimeOffset Time(JsonElement parent, string name) =>
        DateTimeOffset.TryParse(Text(parent, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : DateTimeOffset.UnixEpoch;
}
