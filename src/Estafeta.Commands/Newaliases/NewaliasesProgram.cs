using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postalias;
using Estafeta.Commands.Postmap;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Newaliases;

/// <summary>newaliases(1), which is also <c>sendmail -I</c> and <c>sendmail -bi</c>: postalias over alias_database.</summary>
public static class NewaliasesProgram
{
    private const int TemporaryFailure = 75;

    /// <param name="arguments">Without the command's name; sendmail's verbosity is taken and ignored.</param>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments) => CommandProgram.RunAsync("newaliases", log =>
    {
        var options = new OptionReader(arguments, "C:v");
        string? directory = null;
        while (options.TryRead(out var option, out var value))
        {
            directory = option == 'C' ? Path.GetDirectoryName(value) : directory;
        }

        return options.Error == null && options.Operands.Count == 0
            ? RebuildAsync(directory)
            : throw CommandProgram.Usage("newaliases", options, "[options]", TemporaryFailure);
    });

    /// <summary>The same for sendmail, which has read its own options.</summary>
    public static Task<int> RebuildAsync(string? configDirectory) => CommandProgram.RunAsync(PostaliasProgram.Name, async log =>
    {
        var parameters = CommandProgram.Load(configDirectory, log);
        var databases = WordList.Split(parameters.Get(Parameters.AliasDatabase));
        return databases.Count == 0 ? 0 : await PostaliasProgram.RunAsync(new TableCommandOptions { Tables = databases }, parameters, log);
    });
}
