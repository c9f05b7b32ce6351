using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Estafeta.Net.Sasl.Server;

namespace Estafeta.Net.Sasl.Client;

/// <summary>
/// DIGEST-MD5 (RFC 2831), historic since RFC 6331 and still what some relays offer: authentication only (<c>qop=auth</c>), no security layer, no
/// second login on an old nonce. The server has to prove that it knows the password.
/// </summary>
[SuppressMessage("Security", "CA5351", Justification = "the mechanism is defined by MD5")]
internal sealed class DigestMd5Client : SaslClientMechanism
{
    private readonly SaslCredentials _credentials;
    private readonly string _uri;
    private readonly string _clientNonce;
    private string _expectedProof = "";
    private bool _isProven;

    internal DigestMd5Client(SaslMechanism mechanism, SaslCredentials credentials, string hostName, string? nonce = null)
        : base(mechanism)
    {
        _credentials = credentials;
        _uri = "smtp/" + hostName;
        _clientNonce = nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
    }

    public override bool IsServerProven => _isProven;

    public override bool TryRespond(ReadOnlySpan<byte> challenge, out byte[] response)
    {
        response = [];
        if (!DigestFields.TryParse(Encoding.UTF8.GetString(challenge), out var fields))
        {
            return false;
        }

        if (_expectedProof.Length > 0)
        {
            _isProven = fields.GetValueOrDefault("rspauth") == _expectedProof;
            return _isProven;
        }

        if (!fields.TryGetValue("nonce", out var nonce) || nonce.Length == 0
            || fields.GetValueOrDefault("algorithm") != "md5-sess"
            || !fields.GetValueOrDefault("qop", "auth").Split(',', StringSplitOptions.TrimEntries).Contains("auth"))
        {
            return false;
        }

        response = Answer(fields, nonce);
        return true;
    }

    private byte[] Answer(Dictionary<string, string> fields, string nonce)
    {
        // With a realm in the login that one, else the server's first.
        var at = _credentials.User.LastIndexOf('@');
        var realm = fields.GetValueOrDefault("realm") ?? (at > 0 ? _credentials.User[(at + 1)..] : "");
        var isUtf8 = fields.GetValueOrDefault("charset") == "utf-8";
        var session = Session(realm, nonce, isUtf8);
        _expectedProof = Proof(session, nonce, "");
        var fieldsOut = new StringBuilder();
        if (isUtf8)
        {
            fieldsOut.Append("charset=utf-8,");
        }

        fieldsOut.Append(Quoted("username", _credentials.User));
        if (realm.Length > 0)
        {
            fieldsOut.Append(Quoted("realm", realm));
        }

        if (_credentials.AuthorizationId.Length > 0)
        {
            fieldsOut.Append(Quoted("authzid", _credentials.AuthorizationId));
        }

        fieldsOut.Append(Quoted("nonce", nonce)).Append("nc=00000001,").Append(Quoted("cnonce", _clientNonce)).Append(Quoted("digest-uri", _uri))
            .Append("response=").Append(Proof(session, nonce, "AUTHENTICATE")).Append(",qop=auth");
        return Text(fieldsOut.ToString(), isUtf8);
    }

    private byte[] Session(string realm, string nonce, bool isUtf8)
    {
        var secret = MD5.HashData(Narrow($"{_credentials.User}:{realm}:{_credentials.Password}", isUtf8));
        var actsAs = _credentials.AuthorizationId.Length > 0 ? ":" + _credentials.AuthorizationId : "";
        return MD5.HashData([.. secret, .. Encoding.UTF8.GetBytes($":{nonce}:{_clientNonce}{actsAs}")]);
    }

    // §2.1.2.1: what fits into ISO 8859-1 is hashed in it, whatever the charset.
    private static byte[] Narrow(string text, bool isUtf8) => !isUtf8 || text.All(static c => c <= '\u00ff') ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);

    private static byte[] Text(string text, bool isUtf8) => isUtf8 ? Encoding.UTF8.GetBytes(text) : Encoding.Latin1.GetBytes(text);

    private string Proof(byte[] session, string nonce, string method)
    {
        var action = Hex(MD5.HashData(Encoding.UTF8.GetBytes($"{method}:{_uri}")));
        return Hex(MD5.HashData(Encoding.UTF8.GetBytes($"{Hex(session)}:{nonce}:00000001:{_clientNonce}:auth:{action}")));
    }

    private static string Hex(byte[] octets) => Convert.ToHexStringLower(octets);

    private static string Quoted(string name, string value) =>
        $"{name}=\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\",";
}
