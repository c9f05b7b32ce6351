using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Commands.Check.Rules;

/// <summary>smtpd's restriction lists: words that are none, words that are never reached, and the open relay.</summary>
internal static class AccessRules
{
    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var seen = new HashSet<(string, string)>();
        foreach (var (parameters, position, owner) in configuration.Scopes("smtpd"))
        {
            foreach (var list in RestrictionWords.Lists)
            {
                var value = CheckedConfiguration.Value(parameters, list);
                if (!seen.Add((list.Name, value)))
                {
                    continue;
                }

                foreach (var finding in InList(parameters, list, value))
                {
                    yield return finding;
                }
            }

            if (Relay(parameters, owner) is { } relay && seen.Add((relay.Rule, relay.Message)))
            {
                yield return relay.Or(position);
            }
        }
    }

    private static IEnumerable<Finding> InList(ParameterSet parameters, StringParameter list, string value)
    {
        var position = parameters.PositionOf(list.Name);
        var classes = WordList.Split(CheckedConfiguration.Value(parameters, Parameters.SmtpdRestrictionClasses));
        var words = RestrictionWords.Split(value);
        for (var i = 0; i < words.Count; i++)
        {
            var (word, argument) = words[i];
            if (RestrictionWords.TakesArgument(word) && argument.Length == 0)
            {
                yield return new("restriction-argument", FindingSeverity.Error, position, $"{list.Name}: {word} needs an argument", "say what to look at");
            }

            if (!RestrictionWords.IsKnown(word) && !classes.Contains(word) && !word.Contains(':', StringComparison.Ordinal))
            {
                var nearest = NearestName.Of(word, RestrictionWords.All);
                yield return new("unknown-restriction", FindingSeverity.Error, position, $"{list.Name}: {word} is no restriction and no restriction class",
                    nearest == null ? "remove it, or declare it in smtpd_restriction_classes" : $"write {nearest}");
            }

            if (RestrictionWords.Obsolete.TryGetValue(word, out var instead))
            {
                yield return RestrictionWords.IsRemoved(word)
                    ? new("obsolete-restriction", FindingSeverity.Error, position, $"{list.Name}: {word} is no more, and answers 451 to all mail", $"write {instead}")
                    : new("obsolete-restriction", FindingSeverity.Warning, position, $"{list.Name}: {word} is a name of the past", $"write {instead}");
            }

            if (RestrictionWords.IsWide(word) && (list == Parameters.SmtpdRelayRestrictions || list == Parameters.SmtpdRecipientRestrictions))
            {
                yield return new("wide-permission", FindingSeverity.Warning, position, $"{list.Name}: {word} lets clients relay that nobody here knows", "permit those you know: permit_mynetworks, permit_sasl_authenticated, permit_tls_clientcerts");
            }

            if (words.FindIndex(w => w == words[i]) < i && word is not ("warn_if_reject" or "sleep") && words[i - 1].Word != "warn_if_reject")
            {
                yield return new("repeated-restriction", FindingSeverity.Note, position, $"{list.Name}: {word} {argument}".TrimEnd() + " is there twice", "remove the second");
            }

            if (RestrictionWords.IsFinal(word) && i + 1 < words.Count && (i == 0 || words[i - 1].Word != "warn_if_reject"))
            {
                yield return new("unreachable-restriction", FindingSeverity.Warning, position, $"{list.Name}: nothing behind \"{word}\" is ever reached: {words[i + 1].Word}",
                    $"move \"{word}\" to the end");
            }
        }
    }

    // The two lists are asked one after the other; one of them must stop a stranger's mail for a stranger.
    private static Finding? Relay(ParameterSet parameters, string owner)
    {
        var relay = RestrictionWords.Split(CheckedConfiguration.Value(parameters, Parameters.SmtpdRelayRestrictions));
        var recipient = RestrictionWords.Split(CheckedConfiguration.Value(parameters, Parameters.SmtpdRecipientRestrictions));
        if (Stops(relay) || Stops(recipient))
        {
            return null;
        }

        var list = relay.Count > 0 ? Parameters.SmtpdRelayRestrictions.Name : Parameters.SmtpdRecipientRestrictions.Name;
        var hasStop = relay.Concat(recipient).Any(w => RestrictionWords.StopsRelay(w.Word));
        return new(
            "open-relay",
            FindingSeverity.Error,
            parameters.PositionOf(list),
            hasStop
                ? $"{owner} relays for everybody: {list} permits before it refuses"
                : $"{owner} has nothing that refuses mail for other domains: smtpd_relay_restrictions and smtpd_recipient_restrictions lack reject_unauth_destination",
            "put reject_unauth_destination behind permit_mynetworks and permit_sasl_authenticated in smtpd_relay_restrictions");
    }

    private static bool Stops(List<(string Word, string Argument)> list)
    {
        for (var i = 0; i < list.Count; i++)
        {
            var (word, argument) = list[i];
            if (RestrictionWords.StopsRelay(word) && (i == 0 || list[i - 1].Word != "warn_if_reject"))
            {
                return true;
            }

            // An answer that does not depend on who asks.
            if (word == "permit" || (argument.StartsWith("static:", StringComparison.OrdinalIgnoreCase) && argument["static:".Length..].Trim('{', '}', ' ') is "OK" or "ok" or "permit"))
            {
                return false;
            }
        }

        return false;
    }
}
