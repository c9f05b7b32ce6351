using System.Text.Json;

namespace Estafeta.Daemons.Smtp;

/// <summary>A file with an access token, in the format of the sasl-xoauth2 plug-in: JSON with <c>access_token</c>; or the bare token.</summary>
internal static class TokenFile
{
    public static bool TryRead(string path, out string token, out string problem)
    {
        token = "";
        problem = "";
        try
        {
            var text = File.ReadAllText(path).Trim();
            if (!text.StartsWith('{'))
            {
                token = text;
            }
            else
            {
                using var document = JsonDocument.Parse(text);
                token = document.RootElement.TryGetProperty("access_token", out var value) ? value.GetString() ?? "" : "";
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            problem = e is JsonException ? "malformed token file" : e.Message;
            return false;
        }

        problem = token.Length == 0 ? "no access_token in the file" : "";
        return token.Length > 0;
    }
}
