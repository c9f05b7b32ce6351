using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>
/// SCRAM-SHA-1 and SCRAM-SHA-256, with and without channel binding (RFC 5802, RFC 7677): client-first, server-first,
/// client-final, server-final, and the client's empty acknowledgement of it.
/// </summary>
internal sealed class ScramExchange(
    ICredentialSource credentials, HashAlgorithmName hash, bool withBinding, SaslSession session, byte[] decoyKey)
    : BuiltInExchange(serverFirst: false)
{
    private string _gs2Header = "";
    private string _clientFirstBare = "";
    private string _serverFirst = "";
    private string _nonce = "";
    private string _user = "";
    private ScramVerifier? _verifier;
    private bool _isKnown;
    private bool _isProven;

    protected override async ValueTask<SaslStep> NextAsync(byte[] response, CancellationToken cancellationToken)
    {
        if (_isProven)
        {
            return response.Length == 0 ? new SaslStep(SaslOutcome.Succeeded, _user) : Refused;
        }

        if (Text(response) is not { } message)
        {
            return Refused;
        }

        return _verifier == null ? await FirstAsync(message, cancellationToken) : Final(message);
    }

    private async ValueTask<SaslStep> FirstAsync(string message, CancellationToken cancellationToken)
    {
        // gs2-header: p=type | n | y, comma, optional a=authzid, comma.
        var flagEnd = message.IndexOf(',');
        var headerEnd = flagEnd < 0 ? -1 : message.IndexOf(',', flagEnd + 1);
        if (headerEnd < 0 || !IsAcceptable(message[..flagEnd]))
        {
            return Refused;
        }

        _gs2Header = message[..(headerEnd + 1)];
        _clientFirstBare = message[(headerEnd + 1)..];
        var fields = _clientFirstBare.Split(',');
        if (fields.Length < 2 || !fields[0].StartsWith("n=", StringComparison.Ordinal)
            || !fields[1].StartsWith("r=", StringComparison.Ordinal) || fields[1].Length < 10 || fields[1].Length > 256)
        {
            return Refused;
        }

        _user = Name(fields[0]);

        // Acting for somebody else would need a policy we do not have.
        var actsAs = message[(flagEnd + 1)..headerEnd];
        if (actsAs.Length > 0 && (!actsAs.StartsWith("a=", StringComparison.Ordinal) || Name(actsAs) != _user))
        {
            return Refused with { User = _user };
        }

        var found = await credentials.FindAsync(_user, cancellationToken);
        _verifier = found?.Scram(hash);
        _isKnown = _verifier != null;
        _verifier ??= Decoy(_user);
        _nonce = fields[1][2..] + RandomNumberGenerator.GetHexString(24, lowercase: true);
        _serverFirst = string.Create(
            CultureInfo.InvariantCulture, $"r={_nonce},s={Convert.ToBase64String(_verifier.Salt)},i={_verifier.Iterations}");
        return Challenge(Encoding.UTF8.GetBytes(_serverFirst));
    }

    private SaslStep Final(string message)
    {
        var proofAt = message.LastIndexOf(",p=", StringComparison.Ordinal);
        if (proofAt < 0 || !SaslBase64.TryDecode(message[(proofAt + 3)..], out var proof))
        {
            return Refused;
        }

        var withoutProof = message[..proofAt];
        var fields = withoutProof.Split(',');
        if (fields.Length < 2 || fields[0] != "c=" + Convert.ToBase64String(ExpectedBinding()) || fields[1] != "r=" + _nonce)
        {
            return Refused;
        }

        var authMessage = Encoding.UTF8.GetBytes($"{_clientFirstBare},{_serverFirst},{withoutProof}");
        if (!_verifier!.Accepts(authMessage, proof) || !_isKnown)
        {
            return Refused;
        }

        _isProven = true;
        return Challenge(Encoding.ASCII.GetBytes("v=" + Convert.ToBase64String(_verifier.ServerSignature(authMessage))));
    }

    // An attribute of one letter: n=joe, a=joe.
    private static string Name(string attribute) =>
        SaslPrep.Name(attribute[2..].Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal));

    // "y" means: I could bind, but you did not offer it. Where we did offer it, someone in the middle took it away.
    private bool IsAcceptable(string flag) => withBinding
        ? session.ChannelBinding != null && flag == "p=tls-exporter"
        : flag == "n" || (flag == "y" && session.ChannelBinding == null);

    private byte[] ExpectedBinding() =>
        withBinding ? [.. Encoding.UTF8.GetBytes(_gs2Header), .. session.ChannelBinding!] : Encoding.UTF8.GetBytes(_gs2Header);

    private ScramVerifier Decoy(string user)
    {
        var seed = HMACSHA256.HashData(decoyKey, Encoding.UTF8.GetBytes(user));
        return new ScramVerifier(hash, ScramVerifier.DefaultIterations, seed[..16], seed, seed);
    }
}
