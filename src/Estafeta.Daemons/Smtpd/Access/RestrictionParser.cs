using Estafeta.Configuration;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>
/// Reads restriction lists: names separated by white space or commas, arguments behind some of them, <c>{ … }</c> around an argument
/// with options. Unknown words are kept and answer 451 when their turn comes, as in Postfix.
/// </summary>
internal static class RestrictionParser
{
    public static RestrictionList Parse(string parameterName, string value)
    {
        var words = new RestrictionWords(value);
        var restrictions = new List<Restriction>();
        while (words.TryRead(out var word))
        {
            restrictions.Add(Read(word, words));
        }

        return new RestrictionList(parameterName, restrictions);
    }

    private static Restriction Read(string word, RestrictionWords words)
    {
        var name = word.ToLowerInvariant();
        if (name == "warn_if_reject")
        {
            return words.TryRead(out var next)
                ? new WarnIfRejectRestriction(Read(next, words))
                : new MisconfiguredRestriction(word, "warn_if_reject is the last restriction of its list");
        }

        return ReadPlain(name)
            ?? ReadSleep(name, words)
            ?? new MisconfiguredRestriction(word, $"unknown smtpd restriction: \"{word}\"");
    }

    private static Restriction? ReadPlain(string name) => name switch
    {
        "permit" => new PermitRestriction(name),
        "reject" => new RejectRestriction(name),
        "defer" => new DeferRestriction(name),
        "defer_if_permit" => new DeferIfPermitRestriction(name),
        "defer_if_reject" => new DeferIfRejectRestriction(name),
        "permit_mynetworks" => new PermitNetworksRestriction(name, static (s, p, c) => s.IsInMynetworksAsync(p, c)),
        "permit_inet_interfaces" => new PermitNetworksRestriction(name, static (s, p, c) => s.IsOwnAddressAsync(p, c)),
        "permit_sasl_authenticated" => new PermitSaslAuthenticatedRestriction(name),
        "permit_auth_destination" => new PermitAuthDestinationRestriction(name),
        "reject_unauth_destination" => new UnauthDestinationRestriction(name, defers: false),
        "defer_unauth_destination" => new UnauthDestinationRestriction(name, defers: true),
        "reject_unauth_pipelining" => new RejectUnauthPipeliningRestriction(name),
        "reject_unlisted_recipient" => new UnlistedRestriction(name, isSender: false),
        "reject_unlisted_sender" => new UnlistedRestriction(name, isSender: true),
        _ => null,
    };

    private static Restriction? ReadSleep(string name, RestrictionWords words)
    {
        if (name != "sleep")
        {
            return null;
        }

        return words.TryRead(out var seconds) && int.TryParse(seconds, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? new SleepRestriction($"sleep {number}", TimeSpan.FromSeconds(number))
            : new MisconfiguredRestriction(name, "restriction sleep must be followed by number");
    }
}
