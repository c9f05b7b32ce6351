using Estafeta.Mail.Addresses;
using Estafeta.Mail.Headers;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// The result of an address table, <c>user@domain, other</c>, as complete addresses in internal form. <c>@domain</c> keeps the
/// user that was looked up; an extension that took no part in the match goes on to each result, or is lost (propagate_unmatched_extensions).
/// </summary>
internal static class MappedAddresses
{
    private const int TokenLimit = 10240;

    /// <param name="value">The result.</param>
    /// <param name="lookedUp">The address.</param>
    /// <param name="unmatched">Its extension, delimiter included, when the key was without.</param>
    /// <param name="propagates">The extension goes on.</param>
    /// <param name="rewriter">Completes what is found.</param>
    public static List<string> Parse(string value, string lookedUp, string unmatched, bool propagates, AddressRewriter rewriter)
    {
        var extension = propagates ? unmatched : "";
        var list = HeaderAddressList.Parse(value, TokenLimit);
        var addresses = new List<string>(list.Count);
        for (var i = 0; i < list.Count; i++)
        {
            var tokens = list.Tokens(i);
            if (tokens.IsEmpty)
            {
                continue;
            }

            if (tokens.Length > 1 && tokens[0].Is('@'))
            {
                // "@domain": the same user over there.
                var at = lookedUp.LastIndexOf('@');
                var user = at < 0 ? lookedUp : lookedUp[..at];
                addresses.Add(rewriter.Rewrite((propagates ? user : user[..^unmatched.Length]) + AddressText.Join(tokens, false), true));
                continue;
            }

            var address = rewriter.Rewrite(tokens, true);
            addresses.Add(extension.Length > 0 ? WithExtension(address, extension) : address);
        }

        return addresses;
    }

    private static string WithExtension(string address, string extension)
    {
        var at = address.LastIndexOf('@');
        return at < 0 ? address + extension : address.Insert(at, extension);
    }
}
