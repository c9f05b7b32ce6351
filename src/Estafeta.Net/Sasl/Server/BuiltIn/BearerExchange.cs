using System.Text;
using Estafeta.Net.OAuth.Server;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>
/// OAUTHBEARER (RFC 7628) and XOAUTH2 (Google, Microsoft): an access token in place of a password. A refused token is answered with a report in
/// JSON, which the client acknowledges before it learns that it failed.
/// </summary>
internal sealed class BearerExchange(ITokenVerifier verifier, bool isStandard) : BuiltInExchange(serverFirst: false)
{
    private SaslStep? _verdict;

    protected override async ValueTask<SaslStep> NextAsync(byte[] response, CancellationToken cancellationToken)
    {
        if (_verdict is { } earlier)
        {
            return earlier;
        }

        if (!BearerMessage.TryParse(response, isStandard, out var message))
        {
            return Refused;
        }

        var verdict = await verifier.VerifyAsync(message.Token, cancellationToken);
        var isTheirs = verdict.IsGood && (message.User.Length == 0 || message.User.Equals(verdict.User, StringComparison.OrdinalIgnoreCase));
        if (isTheirs)
        {
            return new SaslStep(SaslOutcome.Succeeded, verdict.User!);
        }

        _verdict = new SaslStep(SaslOutcome.Failed, verdict.IsGood ? "token is another user's" : verdict.Reason, message.User.Length > 0 ? message.User : null);
        return Challenge(isStandard ? "{\"status\":\"invalid_token\"}"u8 : "{\"status\":\"401\",\"schemes\":\"bearer\"}"u8);
    }
}

/// <summary>What the client says: whose mail it is about, and the token.</summary>
internal readonly record struct BearerMessage(string User, string Token)
{
    private const char Separator = '\u0001';

    public static bool TryParse(ReadOnlySpan<byte> octets, bool isStandard, out BearerMessage message)
    {
        message = default;
        if (!System.Text.Unicode.Utf8.IsValid(octets) || octets.Contains((byte)0))
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(octets);
        if (!text.EndsWith("\u0001\u0001", StringComparison.Ordinal))
        {
            return false;
        }

        var parts = text[..^2].Split(Separator);
        var token = Array.Find(parts, static p => p.StartsWith("auth=", StringComparison.OrdinalIgnoreCase));
        var user = isStandard ? StandardUser(parts[0]) : parts[0].StartsWith("user=", StringComparison.OrdinalIgnoreCase) ? parts[0][5..] : null;
        if (user == null || token == null || !token.AsSpan(5).StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        message = new BearerMessage(user, token[12..].Trim());
        return message.Token.Length > 0;
    }

    // The header of GS2 (RFC 5801 §4): no channel binding, and perhaps a name: n,a=joe@example.com,
    private static string? StandardUser(string header)
    {
        var fields = header.Split(',');
        if (fields.Length != 3 || fields[0] is not ("n" or "y") || fields[2].Length > 0)
        {
            return null;
        }

        return fields[1].Length == 0 ? ""
            : fields[1].StartsWith("a=", StringComparison.Ordinal)
                ? fields[1][2..].Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal)
                : null;
    }
}
