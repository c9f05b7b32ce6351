using System.Runtime.InteropServices;
using Estafeta.Mail.Addresses;
using Estafeta.Services.Logging;

namespace Estafeta.Services.Rewriting;

/// <summary>
/// Completes addresses as trivial-rewrite(8) does: source routes go, <c>site!user</c> and <c>user%site</c> become <c>user@site</c>,
/// a missing domain becomes $myorigin, a one-label domain gets .$mydomain, a trailing dot goes. Pure and synchronous.
/// An address that needs nothing comes back as the same object, without allocation.
/// </summary>
public sealed class AddressRewriter(RewriteSettings settings, IMailLog? log = null)
{
    public RewriteSettings Settings => settings;

    /// <summary>Internal form in and out.</summary>
    public string Rewrite(string address, bool localContext)
    {
        if (address.Length == 0 || IsComplete(address))
        {
            return address;
        }

        return RewriteTokens(LocalPart.Quote(address), localContext);
    }

    /// <summary>External form in, as a header has it; internal form out.</summary>
    public string RewriteExternal(string address, bool localContext) =>
        address.Length == 0 || IsComplete(address) ? address : RewriteTokens(address, localContext);

    /// <summary>The tokens of an address of a header in; internal form out.</summary>
    public string Rewrite(ReadOnlySpan<AddressToken> tokens, bool localContext)
    {
        var text = AddressText.Join(tokens, true);
        return text.Length == 0 || IsComplete(text) ? text : RewriteTokens(text, localContext);
    }

    /// <summary>One <c>@</c>, a dot-string before it, a domain of more than one label after it: no rule applies.</summary>
    private bool IsComplete(string address)
    {
        var at = address.IndexOf('@');
        if (at <= 0 || !LocalPart.IsDotString(address.AsSpan(0, at)))
        {
            return false;
        }

        var domain = address.AsSpan(at + 1);
        var sawDot = false;
        for (var i = 0; i < domain.Length; i++)
        {
            var c = domain[i];
            if (c == '.')
            {
                sawDot = true;
            }
            else if (!(char.IsAsciiLetterOrDigit(c) || c == '-'))
            {
                return false;
            }
        }

        return domain.Length > 0 && domain[^1] != '.' && (sawDot || !settings.AppendDotMydomain);
    }

    /// <summary>Gives a one-label domain its parent (append_dot_mydomain).</summary>
    public string CompleteDomain(string domain) =>
        settings.AppendDotMydomain && domain.Length > 0 && domain[0] != '[' && !domain.Contains('.', StringComparison.Ordinal)
            ? AppendParent(domain, true)
            : domain;

    private string RewriteTokens(string external, bool localContext)
    {
        var tokens = new List<AddressToken>();
        AddressTokenizer.Scan(external, tokens);
        return RewriteTokens(CollectionsMarshal.AsSpan(tokens), localContext);
    }

    private string RewriteTokens(ReadOnlySpan<AddressToken> tokens, bool localContext)
    {
        if (tokens is [var lone] && lone.Is('@'))
        {
            return ""; // nobody, nowhere
        }

        var address = StripSourceRoute(tokens);
        string local;
        string? domain;
        var at = LastIndexOf(address, '@');
        if (at >= 0)
        {
            (local, domain) = (AddressText.ToInternal(address[..at]), CompleteDomain(address[(at + 1)..], localContext));
        }
        else if (settings.SwapBangpath && IndexOf(address, '!') is >= 0 and var bang)
        {
            (local, domain) = (AddressText.ToInternal(address[(bang + 1)..]), CompleteDomain(address[..bang], localContext));
        }
        else if (settings.AllowPercentHack && LastIndexOf(address, '%') is >= 0 and var percent)
        {
            (local, domain) = (AddressText.ToInternal(address[..percent]), CompleteDomain(address[(percent + 1)..], localContext));
        }
        else
        {
            domain = !settings.AppendAtMyorigin ? "" : localContext ? settings.Myorigin : settings.RemoteHeaderRewriteDomain;
            local = AddressText.ToInternal(address);
            return domain.Length > 0 ? local + "@" + domain : WithoutTrailingDot(local);
        }

        return local + "@" + WithoutTrailingDot(domain);
    }

    /// <summary><c>@relay,@relay:user@site</c> is <c>user@site</c>: RFC 5321 §4.1.1.3, and appendix C.</summary>
    private static ReadOnlySpan<AddressToken> StripSourceRoute(ReadOnlySpan<AddressToken> address)
    {
        if (address.Length > 0 && address[0].Is('@') && IndexOf(address, ':') is > 0 and var colon && colon + 1 < address.Length)
        {
            return address[(colon + 1)..];
        }

        return address;
    }

    private string CompleteDomain(ReadOnlySpan<AddressToken> tokens, bool localContext)
    {
        var domain = AddressText.ToInternal(tokens);
        if (!settings.AppendDotMydomain || domain.Length == 0 || IndexOf(tokens, '.') >= 0
            || tokens[^1].Kind == AddressTokenKind.DomainLiteral)
        {
            return domain;
        }

        return AppendParent(domain, localContext);
    }

    private string AppendParent(string domain, bool localContext)
    {
        var parent = localContext ? settings.Mydomain : settings.RemoteHeaderRewriteDomain;
        if (parent.Length == 0)
        {
            return domain;
        }

        if (settings.AppendDotMydomainIsOldDefault)
        {
            log?.Info($"using backwards-compatible default setting append_dot_mydomain=yes to rewrite \"{domain}\" to \"{domain}.{parent}\""
                + (domain.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? "; please add \"localhost\" to mydestination or other address class" : ""));
        }

        return domain + "." + parent;
    }

    private static string WithoutTrailingDot(string text) =>
        text.Length > 1 && text[^1] == '.' && text[^2] != '.' ? text[..^1] : text;

    private static int IndexOf(ReadOnlySpan<AddressToken> tokens, char special)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i].Is(special))
            {
                return i;
            }
        }

        return -1;
    }

    private static int LastIndexOf(ReadOnlySpan<AddressToken> tokens, char special)
    {
        for (var i = tokens.Length - 1; i >= 0; i--)
        {
            if (tokens[i].Is(special))
            {
                return i;
            }
        }

        return -1;
    }
}
