using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Services.Verification;

/// <summary>
/// The envelope sender of address probes: address_verify_sender, with address_verify_sender_ttl a part that changes with time, so that
/// spammers cannot make use of it for long. smtpd accepts what is or was just now the sender, even where it is no user.
/// </summary>
public sealed class ProbeSenderAddress
{
    // Postfix's digits: no vowels, so no words.
    private const string Digits = "0123456789BCDFGHJKLMNPQRSTVWXYZ";

    private readonly string _localPart;
    private readonly string _domain;
    private readonly long _lifetime;

    private ProbeSenderAddress(string localPart, string domain, long lifetime)
    {
        _localPart = localPart;
        _domain = domain;
        _lifetime = lifetime;
    }

    /// <param name="parameters">Of the service.</param>
    /// <param name="rewrite">Makes an address whole, as for mail submitted here.</param>
    public static ProbeSenderAddress Create(ParameterSet parameters, Func<string, string> rewrite)
    {
        var value = parameters.Get(Parameters.AddressVerifySender).Trim();
        if (value is "" or "<>")
        {
            return new ProbeSenderAddress("", "", 0);
        }

        var address = rewrite(value);
        var at = address.LastIndexOf('@');
        var lifetime = (long)parameters.Get(Parameters.AddressVerifySenderTtl).TotalSeconds;
        return at < 0 ? new ProbeSenderAddress(address, "", lifetime) : new ProbeSenderAddress(address[..at], address[at..], lifetime);
    }

    /// <summary>Internal form; empty for the null sender.</summary>
    public string At(DateTimeOffset now) => _localPart + (_lifetime > 0 ? Encode(now.ToUnixTimeSeconds() / _lifetime) : "") + _domain;

    /// <summary>Whether probes were sent from this address of late.</summary>
    public bool IsValid(string address, DateTimeOffset now)
    {
        if (_localPart.Length == 0 || address.Length < _localPart.Length + _domain.Length
            || !address.StartsWith(_localPart, StringComparison.OrdinalIgnoreCase)
            || !address.EndsWith(_domain, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var stamp = address.AsSpan(_localPart.Length, address.Length - _localPart.Length - _domain.Length);
        if (stamp.IsEmpty || _lifetime == 0)
        {
            return stamp.IsEmpty;
        }

        var period = now.ToUnixTimeSeconds() / _lifetime;
        return stamp.Equals(Encode(period), StringComparison.OrdinalIgnoreCase)
            || stamp.Equals(Encode(period - 1), StringComparison.OrdinalIgnoreCase)
            || stamp.Equals(Encode(period + 1), StringComparison.OrdinalIgnoreCase);
    }

    private static string Encode(long number)
    {
        Span<char> digits = stackalloc char[16];
        var at = digits.Length;
        do
        {
            digits[--at] = Digits[(int)(number % Digits.Length)];
            number /= Digits.Length;
        }
        while (number > 0);
        return new string(digits[at..]);
    }
}
