using Estafeta.Configuration.Macros;
using Estafeta.Mail.Addresses;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Local;

/// <summary>The macros of forward_path, luser_relay and command_execution_directory: <c>$user $home $shell $recipient $extension $domain $local</c>.</summary>
public sealed class LocalMacros(AddressExtension extensions, string recipientDelimiter)
{
    /// <param name="allowedCharacters">Others become <c>_</c> in what is put in.</param>
    /// <exception cref="MacroException">The text is not well formed.</exception>
    public string Expand(string text, Expansion expansion, UserAccount? user, string? allowedCharacters) => MacroExpander.Expand(
        text,
        name => Find(name, expansion, user),
        MacroOptions.Plain with { AllowedCharacters = allowedCharacters });

    private string? Find(string name, Expansion expansion, UserAccount? user)
    {
        var hasExtension = extensions.TrySplit(expansion.LocalPart, out var userName, out var extension);
        return name switch
        {
            "user" => user?.Name ?? userName,
            "home" => user?.HomeDirectory,
            "shell" => user?.Shell,
            "domain" => expansion.Domain,
            "local" => expansion.LocalPart,
            "mailbox" => expansion.LocalPart,
            "recipient" => expansion.Address,
            "extension" => hasExtension ? extension : null,
            "recipient_delimiter" => hasExtension ? expansion.LocalPart.Substring(userName.Length, 1) : recipientDelimiter,
            _ => null,
        };
    }
}
