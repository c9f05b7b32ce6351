using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postconf.Show;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Bounce;

namespace Estafeta.Commands.Postconf;

/// <summary>The texts of notifications: as templates in the form of bounce(5) (<c>-t</c>), or expanded (<c>-b</c>).</summary>
internal static class TemplateListing
{
    public static int Show(PostconfOptions options, ConfigurationWriter output, CommandLog log)
    {
        var parameters = CommandProgram.Load(options.ConfigDirectory, log);
        if (options.Operands.Count > 0)
        {
            parameters = parameters.With([new(Parameters.BounceTemplateFile.Name, options.Operands[0])]);
        }

        var isExpanded = options.Has(PostconfOption.ExpandedTemplates);
        var templates = isExpanded
            ? BounceTemplates.Load(parameters, static problem => throw new CommandException(problem))
            : BounceTemplates.Read(parameters, static problem => throw new CommandException(problem));
        (string Name, BounceTemplate Template)[] all =
            [("failure", templates.Failure), ("delay", templates.Delay), ("success", templates.Success), ("verify", templates.Verify)];
        for (var i = 0; i < all.Length; i++)
        {
            output.Write(i > 0 ? "\n" : "");
            output.Write(isExpanded ? $"expanded_{all[i].Name}_text = <<EOF\n" : $"{all[i].Name}_template = <<EOF\n" + Headers(all[i].Template));
            output.Write(all[i].Template.Text);
            output.Write("EOF\n");
        }

        return 0;
    }

    private static string Headers(BounceTemplate template) =>
        $"Charset: {template.Charset}\nFrom: {template.From}\nSubject: {template.Subject}\n"
        + (template.PostmasterSubject is { } subject ? $"Postmaster-Subject: {subject}\n" : "")
        + "\n";
}
