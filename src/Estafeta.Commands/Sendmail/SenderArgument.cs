using Estafeta.Mail.Headers;

namespace Estafeta.Commands.Sendmail;

/// <summary>
/// The argument of <c>sendmail -f</c>: an address as in a header, with or without name and comment. Of several the first counts, and white space
/// separates addresses: <c>s q@x</c> is <c>s</c>, <c>"s q"@x</c> is the address with a space. Nothing at all is the null sender.
/// </summary>
internal static class SenderArgument
{
    /// <returns>The address in internal form, and what is to be said about the argument.</returns>
    public static (string Sender, string? Warning) Parse(string argument, int tokenLimit)
    {
        var list = HeaderAddressList.Parse(argument, tokenLimit);
        return (list.Count > 0 ? list[0] : "", list.Count > 1 ? $"-f option specified malformed sender: {argument}" : null);
    }
}
