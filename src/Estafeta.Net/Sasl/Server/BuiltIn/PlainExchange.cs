namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>PLAIN (RFC 4616): authorization identity, NUL, user, NUL, password.</summary>
internal sealed class PlainExchange(ICredentialSource credentials) : BuiltInExchange(serverFirst: false)
{
    protected override async ValueTask<SaslStep> NextAsync(byte[] response, CancellationToken cancellationToken)
    {
        if (!TryRead(response, out var user, out var password))
        {
            return Refused;
        }

        return await credentials.CheckAsync(user, password, cancellationToken) ? new SaslStep(SaslOutcome.Succeeded, user) : Refused with { User = user };
    }

    private static bool TryRead(ReadOnlySpan<byte> response, out string user, out string password)
    {
        user = password = "";
        var first = response.IndexOf((byte)0);
        var second = first < 0 ? -1 : response[(first + 1)..].IndexOf((byte)0);
        if (second < 1)
        {
            return false;
        }

        var authorization = Text(response[..first]);
        var name = Text(response.Slice(first + 1, second));
        var secret = Text(response[(first + second + 2)..]);
        if (authorization == null || name == null || string.IsNullOrEmpty(secret))
        {
            return false;
        }

        // Acting for somebody else would need a policy we do not have.
        user = SaslPrep.Name(name);
        if (authorization.Length > 0 && SaslPrep.Name(authorization) != user)
        {
            return false;
        }

        password = secret;
        return true;
    }
}
