namespace Estafeta.Daemons.Qmqpd;

/// <summary>
/// A sender as ezmlm-idx asks for variable envelope return paths: <c>list-@host-@[]</c> is <c>list@host</c> with the delimiters <c>-=</c>.
/// Other senders are taken as they are.
/// </summary>
internal static class VerpSender
{
    private const string Mark = "-@[]";
    private const char SecondDelimiter = '=';

    public static (string Sender, string? Delimiters) Parse(string sender)
    {
        if (!sender.EndsWith(Mark, StringComparison.Ordinal))
        {
            return (sender, null);
        }

        var address = sender[..^Mark.Length];
        var at = address.LastIndexOf('@');
        return at < 2 ? (sender, null) : (string.Concat(address.AsSpan(0, at - 1), address.AsSpan(at)), $"{address[at - 1]}{SecondDelimiter}");
    }
}
