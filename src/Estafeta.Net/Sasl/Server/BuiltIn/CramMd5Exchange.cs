using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>CRAM-MD5 (RFC 2195): needs the plain password on our side.</summary>
internal sealed class CramMd5Exchange(ICredentialSource credentials, string hostName, TimeProvider time) : BuiltInExchange(serverFirst: true)
{
    private byte[] _challenge = [];

    protected override byte[] FirstChallenge() => _challenge = Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"<{RandomNumberGenerator.GetHexString(20, lowercase: true)}.{time.GetUtcNow().ToUnixTimeSeconds()}@{hostName}>"));

    protected override async ValueTask<SaslStep> NextAsync(byte[] response, CancellationToken cancellationToken)
    {
        var text = Text(response);
        var space = text?.LastIndexOf(' ') ?? -1;
        if (space < 1 || _challenge.Length == 0)
        {
            return Refused;
        }

        var user = SaslPrep.Name(text![..space]);
        var stored = await credentials.FindAsync(user, cancellationToken);

        // An unknown user costs the same computation.
        var expected = HMACMD5.HashData(Encoding.UTF8.GetBytes(stored?.Plain ?? "no such user"), _challenge);
        var isRight = CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(expected)),
            Encoding.ASCII.GetBytes(text[(space + 1)..]));
        return isRight && stored?.Plain != null ? new SaslStep(SaslOutcome.Succeeded, user) : Refused with { User = user };
    }
}
