using Estafeta.Mail.Smtp;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>The address argument of MAIL, RCPT and VRFY: syntax by <see cref="PathReader"/>, sense by the address resolver.</summary>
/// <param name="Text">Internal form.</param>
/// <param name="Refusal">The reply, when the address is no good.</param>
internal readonly record struct EnvelopeAddress(string Text, string? Refusal)
{
    public const string MustDeclareSmtpUtf8 = "553 5.6.7 Must declare SMTPUTF8 to send unicode address";

    /// <param name="session">Whose.</param>
    /// <param name="word">The argument.</param>
    /// <param name="verb">For the log.</param>
    /// <param name="allowEmpty">The null sender.</param>
    /// <param name="badSyntax">The reply to an address that is none.</param>
    /// <param name="isStrict">Nothing but RFC 821's syntax.</param>
    public static async ValueTask<EnvelopeAddress> ReadAsync(
        SmtpdSession session, CommandWord word, string verb, bool allowEmpty, string badSyntax, bool isStrict)
    {
        if (!word.IsBalanced)
        {
            return new EnvelopeAddress("", badSyntax);
        }

        if (!PathReader.TryRead(word, isStrict, out var address) || (address.Length == 0 && !allowEmpty))
        {
            return Illegal();
        }

        if (address.Length == 0)
        {
            return new EnvelopeAddress("", null);
        }

        // A domain that cannot be one is a syntax error too, and better said now than after DATA.
        var resolved = await session.Service.Resolver.ResolveAsync("", session.Service.Resolver.Rewrite(address, localContext: true), session.CancellationToken);
        return resolved.Class switch
        {
            AddressClass.Invalid => Illegal(),
            AddressClass.Trouble => new EnvelopeAddress("", "451 4.3.0 Temporary lookup error"),
            _ => new EnvelopeAddress(address, null),
        };

        EnvelopeAddress Illegal()
        {
            session.Log.Warning($"Illegal address syntax from {session.Peer.NameAddress} in {verb} command: {word.Text}");
            return new EnvelopeAddress("", badSyntax);
        }
    }

    /// <summary>strict_smtputf8: a non-ASCII address needs the parameter (RFC 6531 §3.4).</summary>
    public static bool RequiresSmtpUtf8(SmtpdSession session, MailTransaction transaction, string address) =>
        session.Settings is { Smtputf8Enable: true, StrictSmtputf8: true }
        && !transaction.DeclaredSmtpUtf8 && !System.Text.Ascii.IsValid(address);
}
