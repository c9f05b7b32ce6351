using System.Text.Json;

namespace Estafeta.Net.TlsReporting;

/// <summary>Members that are left out when there is nothing to say.</summary>
internal static class OptionalMembers
{
    public static void WriteUnlessEmpty(this Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0)
        {
            json.WriteString(name, value);
        }
    }

    public static void WriteUnlessEmpty(this Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
