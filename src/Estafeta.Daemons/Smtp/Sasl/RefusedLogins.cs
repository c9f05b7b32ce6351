using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Estafeta.Net.Sasl.Client;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// smtp_sasl_auth_cache_name: logins a server refused with 535, so that it is not asked again with the same password until smtp_sasl_auth_cache_time has
/// passed: servers lock accounts for that. The key is server and user; the value is time, a salted hash of the password, and the reply. Trouble with
/// the table is a warning, and the server is asked.
/// </summary>
internal sealed class RefusedLogins(IUpdatableTable table, TimeSpan lifetime, TimeProvider time)
{
    private const int BadLogin = 535;
    private const int SaltOctets = 12;

    // Enough to make a stolen table a poor place to guess at; this runs once a refused login.
    private const int Iterations = 10_000;

    /// <summary>What the server said to the same login; null when nothing is known.</summary>
    public async ValueTask<SmtpReply?> FindAsync(string host, SaslCredentials credentials, CancellationToken cancellationToken)
    {
        var found = await table.LookupAsync(Key(host, credentials), cancellationToken);
        if (!found.IsFound || found.Value!.Split(' ', 3) is not [var when, var hash, var text]
            || !long.TryParse(when, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || time.GetUtcNow().ToUnixTimeSeconds() - seconds > lifetime.TotalSeconds || !Matches(hash, credentials.Password))
        {
            return null;
        }

        return new SmtpReply(BadLogin, Mail.Dsn.EnhancedStatus.Parse("5.7.8"), text);
    }

    public async ValueTask RememberAsync(string host, SaslCredentials credentials, SmtpReply reply, CancellationToken cancellationToken)
    {
        if (reply.Code == BadLogin)
        {
            var salt = RandomNumberGenerator.GetBytes(SaltOctets);
            var value = string.Create(
                CultureInfo.InvariantCulture, $"{time.GetUtcNow().ToUnixTimeSeconds()} {Hash(salt, credentials.Password)} {reply.Text}");
            await table.UpdateAsync(Key(host, credentials), value, cancellationToken);
        }
    }

    private static string Key(string host, SaslCredentials credentials) => $"{host.ToLowerInvariant()};{credentials.User}";

    private static bool Matches(string hash, string password)
    {
        Span<byte> salt = stackalloc byte[SaltOctets];
        return hash.Length > SaltOctets * 2
            && Convert.FromHexString(hash.AsSpan(0, SaltOctets * 2), salt, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == SaltOctets
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(Hash(salt.ToArray(), password)));
    }

    private static string Hash(byte[] salt, string password) => Convert.ToHexStringLower(salt)
        + Convert.ToHexStringLower(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA256, 16));
}
