using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Files;
using Estafeta.Services.Hosting;

namespace Estafeta.Commands.Postconf.Edit;

/// <summary>Changes main.cf or master.cf as the command line asks. Comments, blank lines and the order of what is not changed stay.</summary>
internal static class ConfigurationEdit
{
    public static int Run(PostconfOptions options, CommandLog log)
    {
        var directory = options.ConfigDirectory ?? ConfigurationDirectory.Find();
        if (options.Mode == PostconfOption.Main)
        {
            var edit = new MainEdit(options, log);
            RewrittenFile.Rewrite($"{directory}/main.cf", edit.Apply);
        }
        else
        {
            var edit = new MasterEdit(options, log, $"{directory}/master.cf");
            RewrittenFile.Rewrite($"{directory}/master.cf", edit.Apply);
        }

        return 0;
    }

    /// <summary>Changes main.cf, as <c>postconf -e</c> does.</summary>
    /// <param name="settings"><c>name = value</c></param>
    public static void SetMain(string configDirectory, IEnumerable<string> settings) => RunPostconf(configDirectory, "-e", settings);

    /// <summary>Takes a parameter out of main.cf, as <c>postconf -X</c> does.</summary>
    public static void RemoveMain(string configDirectory, string name) => RunPostconf(configDirectory, "-X", [name]);

    /// <summary>Adds services to master.cf or replaces them, as <c>postconf -M</c> does.</summary>
    /// <param name="entries">Whole entries, name and type first.</param>
    public static void SetServices(string configDirectory, IEnumerable<string> entries) =>
        RunPostconf(configDirectory, "-M", entries.Select(e => $"{string.Join('/', e.Split(' ').Take(2))} = {e}"));

    /// <summary>Changes columns of master.cf, as <c>postconf -F</c> does.</summary>
    /// <param name="fields"><c>name/type/column=value</c></param>
    public static void SetServiceFields(string configDirectory, IEnumerable<string> fields) => RunPostconf(configDirectory, "-F", fields);

    private static void RunPostconf(string configDirectory, string option, IEnumerable<string> arguments)
    {
        var options = PostconfOptions.Parse(["-c", configDirectory, option, .. arguments], PostconfOptions.Name);
        using var log = new CommandLog(PostconfOptions.Name, CommandStreams.Standard());
        Run(options, log);
    }

    /// <summary><c>name=value</c>, or for <c>-X</c> and <c>-#</c> the name alone (null value).</summary>
    /// <exception cref="CommandException">The request is malformed.</exception>
    public static (string Name, string? Value) ParseRequest(string request, PostconfOptions options)
    {
        var isMain = options.Mode == PostconfOption.Main;
        if (request.Contains('\n', StringComparison.Ordinal))
        {
            throw new CommandException(isMain ? "-e, -X, or -# accepts no multi-line input" : "-Me, -Fe, -Pe, -X, or -# accept no multi-line input");
        }

        var text = NameValue.Trim(request).ToString();
        if (text.StartsWith('#'))
        {
            throw new CommandException(isMain ? "-e, -X, or -# accepts no comment input" : "-Me, -Fe, -Pe, -X, or -# accept no comment input");
        }

        if (options.Has(PostconfOption.Edit))
        {
            return NameValue.TrySplit(text, out var name, out var value, out var problem)
                ? (name, value)
                : throw new CommandException($"{problem}: \"{text}\"");
        }

        return text.Length == 0 ? throw new CommandException("-X or -# requires non-blank parameter names")
            : text.Contains('=', StringComparison.Ordinal)
                ? throw new CommandException(isMain ? "-X or -# requires parameter names without value" : "-X or -# requires names without value")
            : (request, null);
    }
}
