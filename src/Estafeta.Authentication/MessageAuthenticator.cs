using System.Net;
using System.Security.Cryptography;
using Estafeta.Authentication.Dkim;
using Estafeta.Authentication.Dmarc;
using Estafeta.Authentication.Spf;
using Estafeta.Net.Signatures;

namespace Estafeta.Authentication;

/// <summary>Checks where messages come from, all methods in one pass over each. Thread-safe; one per service.</summary>
public sealed class MessageAuthenticator
{
    /// <param name="methods">What is checked.</param>
    /// <param name="dns">The name service.</param>
    /// <param name="receiver">This host.</param>
    /// <param name="suffixes">For DMARC; null: domains are found by walking up the names.</param>
    /// <param name="time">The clock.</param>
    public MessageAuthenticator(AuthenticationMethods methods, DnsLookup dns, string receiver, PublicSuffixList? suffixes, TimeProvider time)
    {
        Methods = methods;
        Dns = dns;
        Time = time;
        Spf = methods.ChecksSpf ? new SpfChecker(dns, receiver, time) : null;
        Dkim = methods.ChecksDkim ? new DkimVerifier(dns, time) { AllowsPartialBody = methods.AllowsPartialBody } : null;
        Dmarc = methods.Dmarc ? new DmarcChecker(dns, suffixes, static () => Random.Shared.Next(100)) : null;
    }

    internal AuthenticationMethods Methods { get; }

    internal DnsLookup Dns { get; }

    internal TimeProvider Time { get; }

    internal SpfChecker? Spf { get; }

    internal DkimVerifier? Dkim { get; }

    internal DmarcChecker? Dmarc { get; }

    /// <summary>Loads the libraries, for processes that will not find them later (chroot).</summary>
    public static void Prepare()
    {
        SignatureKey.Prepare();
        _ = SHA256.HashData([]);
    }

    /// <summary>A message begins: SPF is asked while its content comes.</summary>
    /// <param name="client">Null when it is unknown: no SPF.</param>
    /// <param name="sender">Envelope sender.</param>
    /// <param name="helo">What the client said.</param>
    public MessageAuthentication Begin(IPAddress? client, string sender, string helo) => new(this, client, sender, helo);
}
