using Estafeta.Configuration.Lists;
using Estafeta.Tables;
using Estafeta.Tables.Sources;

namespace Estafeta.Net.OAuth.Server;

/// <summary>
/// The file of estafeta_sasl_oauth, in main.cf's syntax: <c>keys_file</c> or <c>introspection_url</c> (with <c>client_id</c> and <c>client_secret</c>), and
/// what a token must say: <c>issuers</c>, <c>audience</c>, <c>scope</c>, <c>username_attribute</c>. The names are Dovecot's where it has the same.
/// </summary>
public sealed record TokenSettings
{
    public required string KeysFile { get; init; }

    public required string IntrospectionUrl { get; init; }

    /// <summary>Our name and secret at the introspection; null when it wants none.</summary>
    public required (string Name, string Secret)? Login { get; init; }

    public required TokenRules Rules { get; init; }

    /// <exception cref="TableUnavailableException">The file cannot be read, or says too little or too much.</exception>
    public static TokenSettings Load(TableRequest request)
    {
        var file = TableParameters.Load(request);
        var name = file.Get("client_id", "");
        var settings = new TokenSettings
        {
            KeysFile = file.Get("keys_file", ""),
            IntrospectionUrl = file.Get("introspection_url", ""),
            Login = name.Length > 0 ? (name, file.Get("client_secret", "")) : null,
            Rules = new TokenRules
            {
                Issuers = WordList.Split(file.Get("issuers", "")),
                Audiences = WordList.Split(file.Get("audience", "")),
                Scopes = WordList.Split(file.Get("scope", "")),
                UserClaim = file.Get("username_attribute", "email"),
            },
        };
        if (settings.KeysFile.Length > 0 == settings.IntrospectionUrl.Length > 0)
        {
            throw new TableUnavailableException($"{request.Source}: needs either keys_file or introspection_url");
        }

        // A key set of a big provider signs for all its customers.
        if (settings.KeysFile.Length > 0 && settings.Rules.Issuers.Count == 0 && settings.Rules.Audiences.Count == 0)
        {
            throw new TableUnavailableException($"{request.Source}: keys_file needs issuers or audience, else any customer's token of the provider would do");
        }

        return settings.IntrospectionUrl.Length == 0 || OAuthHttp.IsAcceptable(settings.IntrospectionUrl)
            ? settings
            : throw new TableUnavailableException($"{request.Source}: introspection_url is not an https URL");
    }
}
