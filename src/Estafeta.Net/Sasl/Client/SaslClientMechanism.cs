using System.Security.Cryptography;
using System.Text;
using Estafeta.Net.Sasl.Server;

namespace Estafeta.Net.Sasl.Client;

/// <summary>One authentication of a client: answers the server's challenges. Not thread-safe; used once.</summary>
public abstract class SaslClientMechanism(SaslMechanism mechanism)
{
    public string Name => mechanism.Name;

    /// <summary>Sent with the AUTH command; null when the server speaks first.</summary>
    public virtual byte[]? InitialResponse => null;

    /// <summary>The server has proved that it knows the password too, where the mechanism can tell; true for others.</summary>
    public virtual bool IsServerProven => true;

    /// <summary>Answering may take as long as the network does.</summary>
    public virtual bool Blocks => false;

    /// <summary>False when the challenge makes no sense: the exchange is over.</summary>
    public abstract bool TryRespond(ReadOnlySpan<byte> challenge, out byte[] response);
}

/// <summary>What a client proves with.</summary>
/// <param name="Password">Password, or for XOAUTH2 and OAUTHBEARER the access token.</param>
public sealed record SaslCredentials(string User, string Password)
{
    /// <summary>The file the token came from; null for passwords.</summary>
    public string? TokenPath { get; init; }

    /// <summary>Who to act as; empty for the user (send_cyrus_sasl_authzid = no).</summary>
    public string AuthorizationId { get; init; } = "";

    /// <summary>Tells logins apart without showing the password. A token that was renewed is the same login.</summary>
    public string Key => $"{User}|{AuthorizationId}|{TokenPath ?? Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Password)))}";

    /// <summary>Never shows the password.</summary>
    public override string ToString() => User;
}

/// <summary>What of the connection a mechanism makes use of.</summary>
public sealed record SaslClientConnection
{
    /// <summary>The server, as GSSAPI and DIGEST-MD5 name it.</summary>
    public string HostName { get; init; } = "";

    /// <summary>tls-exporter data; null when there is none.</summary>
    public byte[]? ChannelBinding { get; init; }

    /// <summary>We showed the server a certificate.</summary>
    public bool HasCertificate { get; init; }
}
