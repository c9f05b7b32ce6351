using System.Text;
using Estafeta.Mail.Headers;
using Estafeta.Services.Cleaning;
using Estafeta.Tables.Text;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// Rewrites the addresses of one header: completes them, and maps them as canonical_maps and masquerade_domains say for the
/// header's role. A header in which no address changes stays byte for byte as it was.
/// </summary>
internal sealed class AddressHeaderRewriter(CleanupConfiguration configuration, bool isLocal, CleanupVerdict verdict, string queueId)
{
    /// <summary>The header anew, with its line end; null when it needs no change.</summary>
    public async ValueTask<byte[]?> RewriteAsync(HeaderField field, CancellationToken cancellationToken)
    {
        var limit = configuration.Settings.HeaderAddressTokenLimit;
        var role = (field.Traits & HeaderTraits.Sender) != 0 ? AddressRoles.HeaderSender : AddressRoles.HeaderRecipient;
        if (field.Value.Length <= limit && configuration.Mapper.IsIdle(role) && PlainAddressList.IsPlain(field.Value))
        {
            return null;
        }

        var list = HeaderAddressList.Parse(RawText.Decode(field.Value), limit);
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i].Length == 0)
            {
                continue; // "" is nobody's
            }

            var complete = configuration.Rewriter.Rewrite(list.Tokens(i), isLocal);
            var mapped = await configuration.Mapper.MapAsync(complete, role, queueId, cancellationToken);
            if (mapped == null)
            {
                verdict.Refuse(CleanupOutcome.WriteError);
                return null;
            }

            list.Replace(i, mapped);
        }

        return list.IsChanged ? RawText.Encode(list.Format(Encoding.Latin1.GetString(field.Name)) + "\n") : null;
    }
}
