using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Estafeta.Unix.Identity;

namespace Estafeta.Net.OAuth.Client;

/// <summary>
/// A file that stands for an access token, in the format of the sasl-xoauth2 plug-in: JSON with <c>access_token</c>, <c>expiry</c> (Unix time),
/// <c>refresh_token</c>, and of the client, unless /etc/sasl-xoauth2.conf has it, <c>client_id</c>, <c>client_secret</c>, <c>token_endpoint</c>,
/// <c>use_client_credentials</c>, <c>manage_token_externally</c>, <c>refresh_window</c>, <c>proxy</c>, <c>ca_bundle_file</c>; and of our own <c>scope</c> and
/// <c>device_authorization_endpoint</c>. A file that is no JSON is the bare token.
/// </summary>
public sealed class TokenFile
{
    // Where tokens come from when the file does not say: the plug-in's own default.
    private const string GoogleEndpoint = "https://accounts.google.com/o/oauth2/token";
    private const int MaximumOctets = 256 * 1024;

    private readonly JsonObject _file;
    private readonly JsonObject _defaults;

    private TokenFile(string path, JsonObject file, JsonObject defaults) => (Path, _file, _defaults) = (path, file, defaults);

    public string Path { get; }

    public string AccessToken => Text("access_token");

    /// <summary>When the access token ends; null when it does not say.</summary>
    public DateTimeOffset? Expiry =>
        long.TryParse(Text("expiry"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 100_000_000_000
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    public string RefreshToken => Text("refresh_token");

    public string ClientId => Text("client_id");

    public string ClientSecret => Text("client_secret");

    public string TokenEndpoint => Text("token_endpoint") is { Length: > 0 } endpoint ? endpoint : GoogleEndpoint;

    public string DeviceEndpoint => Text("device_authorization_endpoint");

    public string Scope => Text("scope");

    public string Proxy => Text("proxy");

    public string AuthorityFile => Text("ca_bundle_file");

    /// <summary>RFC 6749 §4.4: the client is the account; no user ever consented.</summary>
    public bool UsesClientCredentials => Flag("use_client_credentials");

    /// <summary>Somebody else keeps the token fresh, or there is no way to.</summary>
    public bool IsManagedElsewhere => Flag("manage_token_externally") || (!UsesClientCredentials && RefreshToken.Length == 0);

    /// <summary>How long before its end a token is replaced.</summary>
    public TimeSpan RefreshWindow =>
        int.TryParse(Text("refresh_window"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromSeconds(60);

    /// <exception cref="IOException">It cannot be read or is malformed; the text never holds any of the content.</exception>
    public static TokenFile Read(string path, string defaultsPath) => new(path, ReadObject(path), ReadDefaults(defaultsPath));

    /// <summary>With another token, and all else it says.</summary>
    /// <param name="refreshToken">Null to keep the one it has.</param>
    public TokenFile With(string accessToken, DateTimeOffset expiry, string? refreshToken)
    {
        var changed = _file.DeepClone().AsObject();
        changed["access_token"] = accessToken;
        changed["expiry"] = expiry.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        if (refreshToken != null)
        {
            changed["refresh_token"] = refreshToken;
        }

        return new TokenFile(Path, changed, _defaults);
    }

    /// <summary>Replaces the file in one step; mode and, by root, owner stay.</summary>
    /// <exception cref="IOException">The directory does not let us.</exception>
    public void Save()
    {
        var temporary = $"{Path}.{Environment.ProcessId}.tmp";
        try
        {
            var mode = File.Exists(Path) ? File.GetUnixFileMode(Path) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
            var owner = FileOwnership.Of(Path);
            using (var stream = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
                _file.WriteTo(writer);
            }

            // Root gets the first token, and mail_owner reads it.
            if (owner is { } known && Privileges.IsRoot)
            {
                FileOwnership.Set(temporary, known.Uid, known.Gid);
            }

            File.SetUnixFileMode(temporary, mode);
            File.Move(temporary, Path, overwrite: true);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static JsonObject ReadObject(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaximumOctets })
            {
                throw new IOException($"{path}: too large for a token file");
            }

            var text = File.ReadAllText(path).Trim();
            return text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject() : new JsonObject { ["access_token"] = text };
        }
        catch (JsonException)
        {
            throw new IOException($"{path}: malformed token file");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static JsonObject ReadDefaults(string path) => path.Length > 0 && File.Exists(path) ? ReadObject(path) : [];

    private string Text(string name) => (_file[name] ?? _defaults[name]) switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue value when value.GetValueKind() is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.ToJsonString(),
        _ => "",
    };

    private bool Flag(string name) => Text(name).ToLowerInvariant() is "yes" or "true" or "1";
}
