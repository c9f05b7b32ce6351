using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postconf.Edit;
using Estafeta.Commands.Postconf.Show;
using Estafeta.Configuration;
using Estafeta.Configuration.Macros;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.Postconf;

/// <summary>
/// postconf(1): shows and changes main.cf and master.cf, and tells what this mail system can do. Output, messages and exit codes are Postfix's,
/// because installers and configuration managers read them.
/// </summary>
public static class PostconfProgram
{
    /// <param name="arguments">Without the command's name.</param>
    /// <param name="calledAs">How it was called: messages name it by that, path included.</param>
    /// <param name="streams">Null: the process's own.</param>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, string calledAs = PostconfOptions.Name, CommandStreams? streams = null) =>
        CommandProgram.RunAsync(calledAs, log => Task.FromResult(Run(arguments, calledAs, log)), streams);

    private static int Run(IReadOnlyList<string> arguments, string calledAs, CommandLog log)
    {
        var options = PostconfOptions.Parse(arguments, calledAs);
        using var output = new ConfigurationWriter(log.Streams.Output, options);
        try
        {
            return Run(options, output, log);
        }
        catch (MacroException e)
        {
            // Postfix says what is wrong and gives up, with what it had not yet written.
            output.Discard();
            log.Warning(e.Problem);
            log.Write(LogSeverity.Fatal, "macro processing error");
            return 1;
        }
        catch (ConfigurationException e)
        {
            output.Discard();
            throw new CommandException(e.Problem);
        }
    }

    private static int Run(PostconfOptions options, ConfigurationWriter output, CommandLog log)
    {
        switch (options.Mode)
        {
            case PostconfOption.SaslServers:
                return output.Lines(Features.SaslServers);
            case PostconfOption.SaslClients:
                return output.Lines(Features.SaslClients);
            case PostconfOption.LockMethods:
                return output.Lines(Features.LockMethods);
            case PostconfOption.TableTypes:
                return output.Lines(Features.TableTypes);
            case PostconfOption.Tls:
                return TlsFeatures.Show(options.TlsTopic, output, log);
            case PostconfOption.Templates or PostconfOption.ExpandedTemplates:
                return TemplateListing.Show(options, output, log);
        }

        if (options.Has(PostconfOption.Edit | PostconfOption.Remove | PostconfOption.CommentOut))
        {
            return ConfigurationEdit.Run(options, log);
        }

        return Listing(options, output, log);
    }

    private static int Listing(PostconfOptions options, ConfigurationWriter output, CommandLog log)
    {
        var configuration = ShownConfiguration.Load(options, log);
        var showsDefaults = options.Has(PostconfOption.Defaults);
        if (!showsDefaults)
        {
            UsageWarnings.WriteNames(configuration, log);
            configuration.Usage.AnalyzeTables();
            UsageWarnings.WriteTables(configuration, log);
        }

        switch (options.Mode)
        {
            case PostconfOption.MasterEntries:
                new ServiceListing(configuration, output).ShowEntries(options.Operands, log);
                break;
            case PostconfOption.MasterFields:
                new ServiceListing(configuration, output).ShowFields(options.Operands, log);
                break;
            case PostconfOption.MasterOverrides:
                new ServiceListing(configuration, output).ShowOverrides(options.Operands, options.ShowsAllOfServices, log);
                break;
            default:
                ParameterListing.Show(configuration, options, output, log);
                break;
        }

        output.Flush();
        if (!showsDefaults)
        {
            UsageWarnings.WriteLast(configuration, options, log);
        }

        return 0;
    }
}
