using Estafeta.Mail.Addresses;
using Estafeta.Net.OAuth.Client;
using Estafeta.Net.Sasl.Client;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// smtp_sasl_password_maps: <c>user:password</c> by sender (with smtp_sender_dependent_authentication), then by server name, then by next hop
/// as written. No entry, or an empty user: no login. The password may be a file of a token.
/// </summary>
internal sealed class SaslPasswords(SaslSettings settings, AccessTokens tokens, IMailLog log)
{
    private static readonly SessionFailure TableTrouble = SessionFailure.Local("4.7.0", "SASL password lookup error", true);

    public async ValueTask<(SaslCredentials? Credentials, SessionFailure? Failure)> FindAsync(
        string sender, string host, string nexthop, CancellationToken cancellationToken)
    {
        if (!settings.IsEnabled || settings.Passwords.IsEmpty)
        {
            return default;
        }

        foreach (var key in Keys(sender, host, nexthop))
        {
            var result = await settings.Passwords.LookupAsync(key, cancellationToken);
            if (result.IsTrouble)
            {
                log.Warning($"{settings.Passwords.ParameterName}: lookup error for {key}");
                return (null, TableTrouble);
            }

            if (result.IsFound)
            {
                return await ParseAsync(result.Value ?? "", cancellationToken);
            }
        }

        return default;
    }

    private IEnumerable<string> Keys(string sender, string host, string nexthop)
    {
        if (settings.DependsOnSender && sender.Length > 0)
        {
            var address = LocalPart.Quote(sender).ToLowerInvariant();
            yield return address;
            if (address.LastIndexOf('@') is >= 0 and var at)
            {
                yield return address[at..];
            }
        }

        yield return host.ToLowerInvariant();
        if (!nexthop.Equals(host, StringComparison.OrdinalIgnoreCase))
        {
            yield return nexthop.ToLowerInvariant();
        }
    }

    private async ValueTask<(SaslCredentials? Credentials, SessionFailure? Failure)> ParseAsync(string value, CancellationToken cancellationToken)
    {
        var delimiter = value.IndexOf(settings.Delimiter, StringComparison.Ordinal);
        var user = delimiter < 0 ? value : value[..delimiter];
        var password = delimiter < 0 ? "" : value[(delimiter + 1)..];
        if (user.Length == 0)
        {
            return default;
        }

        if (!settings.UsesTokens || !password.StartsWith('/'))
        {
            return (new SaslCredentials(user, password) { AuthorizationId = settings.SendsAuthorizationId ? user : "" }, null);
        }

        try
        {
            return (new SaslCredentials(user, await tokens.GetAsync(password, cancellationToken)) { TokenPath = password }, null);
        }
        catch (IOException e)
        {
            log.Warning($"OAuth token for {user}: {e.Message}");
            return (null, SessionFailure.Local("4.7.0", $"SASL authentication failed; no OAuth token for {user}", true));
        }
    }
}
