using System.Text.Json;
using Estafeta.Daemons.Smtpd.Explaining;

namespace Estafeta.Commands.Explain;

/// <summary>An explanation for programs: one JSON object.</summary>
internal static class ExplanationJson
{
    public static byte[] Write(Explanation explanation)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            var session = explanation.Session;
            json.WriteStartObject();
            json.WriteString("service", explanation.Service);
            json.WriteStartObject("client");
            json.WriteString("address", session.ClientAddress.ToString());
            json.WriteString("name", session.ClientName);
            json.WriteString("reverse_name", session.ReverseClientName);
            json.WriteEndObject();
            json.WriteBoolean("accepted", session.IsAccepted);
            json.WriteString("verdict", ExplanationText.Verdict(session));
            json.WriteStartArray("commands");
            foreach (var command in session.Commands)
            {
                WriteCommand(json, command);
            }

            json.WriteEndArray();
            WriteRoute(json, explanation.Route);
            json.WriteEndObject();
        }

        return [.. buffer.ToArray(), (byte)'\n'];
    }

    private static void WriteCommand(Utf8JsonWriter json, ExplainedCommand command)
    {
        json.WriteStartObject();
        json.WriteString("command", command.Command);
        json.WriteString("reply", command.Reply);
        json.WriteStartArray("steps");
        foreach (var step in command.Steps)
        {
            json.WriteStartObject();
            json.WriteString("kind", step.Kind);
            json.WriteNumber("depth", step.Depth);
            json.WriteString("subject", step.Subject);
            if (step.Key.Length > 0)
            {
                json.WriteString("key", step.Key);
            }

            if (step.Result.Length > 0)
            {
                json.WriteString("result", step.Result);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteStrings(json, "log", command.Log);
        json.WriteEndObject();
    }

    private static void WriteRoute(Utf8JsonWriter json, ExplainedRoute route)
    {
        json.WriteStartObject("route");
        json.WriteString("sender", route.Sender);
        json.WriteStartArray("recipients");
        foreach (var recipient in route.Recipients)
        {
            json.WriteStartObject();
            json.WriteString("given", recipient.Given);
            json.WriteStartArray("steps");
            foreach (var (stage, address) in recipient.Steps)
            {
                json.WriteStartObject();
                json.WriteString("stage", stage);
                json.WriteString("address", address);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("destinations");
            foreach (var destination in recipient.Destinations)
            {
                json.WriteStartObject();
                json.WriteString("address", destination.Address);
                json.WriteString("class", destination.AddressClass);
                json.WriteString("transport", destination.Transport);
                json.WriteString("nexthop", destination.Nexthop);
                if (destination.LocalAlias != null)
                {
                    json.WriteString("local_alias", destination.LocalAlias);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteStrings(json, "remarks", route.Remarks);
        json.WriteEndObject();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
