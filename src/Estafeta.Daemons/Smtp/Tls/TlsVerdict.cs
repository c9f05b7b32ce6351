using System.Globalization;
using Estafeta.Net.Tls;

namespace Estafeta.Daemons.Smtp;

/// <summary>What a finished handshake proves about the server, in the words of the log.</summary>
/// <param name="Word">Anonymous, Untrusted, Trusted or Verified.</param>
/// <param name="IsMatched">The policy's demand for a name, fingerprint or TLSA record is met.</param>
internal readonly record struct TlsVerdict(string Word, bool IsMatched, TlsParameters Parameters)
{
    /// <summary>The level is fingerprint: the chain and its faults are nobody's concern.</summary>
    public bool IsByFingerprint { get; private init; }

    /// <summary>The policy failed before the certificate was looked at.</summary>
    private string? StsFailure { get; init; }

    /// <summary>The fingerprint that was found.</summary>
    private string? Fingerprint { get; init; }

    public static TlsVerdict Judge(TlsParameters parameters, TlsPolicy policy, string digest)
    {
        if (parameters.PeerCertificate is not { } certificate)
        {
            return new TlsVerdict("Anonymous", false, parameters);
        }

        if (policy.StsFailure.Length > 0)
        {
            return new TlsVerdict("Untrusted", false, parameters) { StsFailure = policy.StsFailure };
        }

        var fingerprint = policy.Level != TlsLevel.Fingerprint ? "" : Known(certificate.Fingerprint(digest)) ?? Known(certificate.PublicKeyFingerprint(digest)) ?? "";
        var isMatched = policy.Level switch
        {
            TlsLevel.Fingerprint => fingerprint.Length > 0,
            TlsLevel.HalfDane or TlsLevel.Dane or TlsLevel.DaneOnly => parameters.IsVerifiedByDane,
            TlsLevel.Verify or TlsLevel.Secure => parameters.IsPeerVerified && policy.Matches.Count > 0,
            _ => false,
        };

        // Half-dane: who the server is was learned insecurely, so however well it proves it, "trusted" is all there is.
        var word = isMatched && policy.Level != TlsLevel.HalfDane ? "Verified"
            : isMatched || (!policy.Level.RequiresMatch() && parameters.IsPeerVerified) ? "Trusted"
            : "Untrusted";
        return new TlsVerdict(word, isMatched, parameters) { IsByFingerprint = policy.Level == TlsLevel.Fingerprint, Fingerprint = fingerprint };

        string? Known(string candidate) => policy.Matches.Contains(candidate, StringComparer.OrdinalIgnoreCase) ? candidate : null;
    }

    /// <summary>What the judgement rests on, for the log: the name, fingerprint or TLSA record that matched.</summary>
    public IEnumerable<string> Evidence(string relay)
    {
        if (IsMatched && Parameters.MatchedName.Length > 0)
        {
            yield return $"{relay}: matched peername: {Parameters.MatchedName}";
        }

        if (IsMatched && Parameters.AnchorDepth is { } depth)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{relay}: Matched trust anchor at depth {depth}");
        }

        if (IsMatched && Parameters.DaneMatch.Length > 0)
        {
            yield return $"{relay}: Matched {Parameters.DaneMatch}";
        }

        if (Fingerprint is { Length: > 0 })
        {
            yield return $"{relay}: Matched fingerprint: {Fingerprint.Replace(":", "", StringComparison.Ordinal)}";
        }
    }

    /// <summary>Whether the certificate does, or would do for a policy that is only tested.</summary>
    public bool IsFineFor(TlsPolicy policy) => policy.StsFailure.Length == 0
        && (policy.TestedNames.Count > 0 ? Parameters.IsPeerVerified : IsMatched || !policy.Level.RequiresMatch());

    /// <summary>Why the certificate does not do; null when OpenSSL had no complaint.</summary>
    public string? Complaint(string relay)
    {
        if (IsByFingerprint)
        {
            // Postfix has fingerprints checked as if they were TLSA records.
            return $"server certificate verification failed for {relay}: num=65:no matching DANE TLSA records";
        }

        if (StsFailure != null)
        {
            return $"certificate verification failed for {relay}: MTA-STS policy failure: {StsFailure}";
        }

        const int SelfSigned = 18;
        const int SelfSignedInChain = 19;
        const int NoIssuer = 2;
        const int NoIssuerLocally = 20;
        const int NotYetValid = 9;
        const int Expired = 10;
        const int ChainTooLong = 22;
        return Parameters.VerifyErrorNumber switch
        {
            0 => null,
            SelfSigned => $"certificate verification failed for {relay}: self-signed certificate",
            SelfSignedInChain or NoIssuer or NoIssuerLocally =>
                $"certificate verification failed for {relay}: untrusted issuer {Parameters.VerifyErrorIssuer}",
            NotYetValid => $"server certificate verification failed for {relay}: certificate not yet valid",
            Expired => $"server certificate verification failed for {relay}: certificate has expired",
            ChainTooLong => $"certificate verification failed for {relay}: certificate chain longer than limit",
            var number => string.Create(CultureInfo.InvariantCulture, $"server certificate verification failed for {relay}: num={number}:{Parameters.VerifyError}"),
        };
    }
}
