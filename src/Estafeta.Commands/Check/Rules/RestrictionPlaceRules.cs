using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Commands.Check.Rules;

/// <summary>
/// Restrictions that can do nothing where they stand: the list is asked before what they look at is known, or for a command that has none of it.
/// </summary>
internal static class RestrictionPlaceRules
{
    private const int HeloStage = 1;
    private const int SenderStage = 2;
    private const int RecipientStage = 3;

    private static readonly StringParameter[] BeforeData =
        [Parameters.SmtpdClientRestrictions, Parameters.SmtpdHeloRestrictions, Parameters.SmtpdSenderRestrictions, Parameters.SmtpdRelayRestrictions, Parameters.SmtpdRecipientRestrictions];

    // One answer for a message that may have many recipients.
    private static readonly StringParameter[] PerMessage = [Parameters.SmtpdDataRestrictions, Parameters.SmtpdEndOfDataRestrictions];

    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var seen = new HashSet<(string, string)>();
        foreach (var (parameters, position, _) in configuration.Scopes("smtpd"))
        {
            foreach (var (list, problem, remedy) in Problems(parameters))
            {
                if (seen.Add((list.Name, problem)))
                {
                    yield return Finding.At(parameters, list, "restriction-without-effect", FindingSeverity.Warning, $"{list.Name}: {problem}", remedy).Or(position);
                }
            }
        }
    }

    private static IEnumerable<(StringParameter List, string Problem, string Remedy)> Problems(ParameterSet parameters)
    {
        var isDelayed = CheckedConfiguration.IsYes(parameters, Parameters.SmtpdDelayReject);
        for (var stage = 0; stage < BeforeData.Length; stage++)
        {
            foreach (var word in Words(parameters, BeforeData[stage]))
            {
                if (!isDelayed && KnownFrom(word) is var known && known > Stage(BeforeData[stage]))
                {
                    yield return (BeforeData[stage], $"with smtpd_delay_reject = no, {word} is asked before {Subject(known)} is known", $"move it to {Home(known).Name}");
                }
                else if (word == "reject_multi_recipient_bounce")
                {
                    yield return (BeforeData[stage], $"{word} cannot know how many recipients there will be", $"move it to {Parameters.SmtpdDataRestrictions.Name}");
                }
            }
        }

        foreach (var list in PerMessage)
        {
            foreach (var word in Words(parameters, list).Where(w => KnownFrom(w) == RecipientStage))
            {
                yield return (list, $"{word} sees no recipient when a message has several", $"move it to {Parameters.SmtpdRecipientRestrictions.Name}");
            }
        }

        foreach (var word in Words(parameters, Parameters.SmtpdEtrnRestrictions).Where(w => KnownFrom(w) is SenderStage or RecipientStage))
        {
            yield return (Parameters.SmtpdEtrnRestrictions, $"{word}: ETRN has no sender and no recipient", "remove it");
        }

        foreach (var list in BeforeData.Concat(PerMessage))
        {
            var words = Words(parameters, list);
            if (words.Contains("check_etrn_access") && list.Name is not ("smtpd_client_restrictions" or "smtpd_helo_restrictions"))
            {
                yield return (list, "check_etrn_access: this list is not asked for ETRN", $"move it to {Parameters.SmtpdEtrnRestrictions.Name}");
            }

            if (words is [.., "warn_if_reject"])
            {
                yield return (list, "warn_if_reject is the last word, so there is nothing it could change", "put it in front of the restriction that it shall weaken");
            }
        }
    }

    /// <summary>What a session must have said before the word can decide: 0 nothing, 1 HELO, 2 MAIL, 3 RCPT.</summary>
    private static int KnownFrom(string word) =>
        word.Contains("_recipient", StringComparison.Ordinal) || word is "reject_unauth_destination" or "defer_unauth_destination" or "permit_auth_destination" or "permit_mx_backup" ? RecipientStage
        : word.Contains("_sender", StringComparison.Ordinal) || word == "reject_unknown_address" ? SenderStage
        : word.Contains("_helo_", StringComparison.Ordinal) || word is "reject_rhsbl_helo" or "reject_invalid_hostname" or "reject_non_fqdn_hostname" or "reject_unknown_hostname" ? HeloStage
        : 0;

    private static int Stage(StringParameter list) => Math.Min(Array.IndexOf(BeforeData, list), RecipientStage);

    private static StringParameter Home(int stage) =>
        stage == HeloStage ? Parameters.SmtpdHeloRestrictions : stage == SenderStage ? Parameters.SmtpdSenderRestrictions : Parameters.SmtpdRecipientRestrictions;

    private static string Subject(int stage) => stage == HeloStage ? "the HELO name" : stage == SenderStage ? "the sender" : "the recipient";

    private static List<string> Words(ParameterSet parameters, StringParameter list) =>
        RestrictionWords.Split(CheckedConfiguration.Value(parameters, list)).ConvertAll(w => w.Word);
}
