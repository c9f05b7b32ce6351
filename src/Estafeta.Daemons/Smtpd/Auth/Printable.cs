namespace Estafeta.Daemons.Smtpd.Auth;

/// <summary>A client's words as they may be logged: controls become <c>?</c>.</summary>
internal static class Printable
{
    public static string Clean(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < source.Length; i++)
        {
            span[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? '?' : source[i];
        }
    });
}
