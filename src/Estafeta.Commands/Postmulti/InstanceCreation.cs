using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Commands.Postmulti;

/// <summary>
/// <c>postmulti -e create</c> and <c>import</c>: a new instance with the stock configuration and directories of its own, or one that is there
/// already, joins the others. It begins disabled and, when new, without network services.
/// </summary>
internal sealed class InstanceCreation
{
    private static readonly string[] Places = ["config_directory", "queue_directory", "data_directory"];

    // Where the shared files are, and who owns what: the same for all instances.
    private static readonly StringParameter[] Shared =
    [
        Parameters.CommandDirectory, Parameters.DaemonDirectory, Parameters.MailOwner, Parameters.SetgidGroup, Parameters.MetaDirectory,
        Parameters.SendmailPath, Parameters.MailqPath, Parameters.NewaliasesPath,
    ];

    private readonly InstanceList _instances;
    private readonly PostmultiOptions _options;
    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);

    public InstanceCreation(InstanceList instances, PostmultiOptions options)
    {
        _instances = instances;
        _options = options;
        foreach (var operand in options.Operands)
        {
            if (operand.Split('=', 2) is not [var name, var value] || name.Length == 0)
            {
                throw new CommandException($"Malformed parameter setting '{operand}'");
            }

            if (!Places.Contains(name) || (options.Action == "import" && name != Places[0]))
            {
                throw new CommandException($"Parameter '{name}' not valid with action {options.Action}");
            }

            _given[name] = value;
        }
    }

    private Instance Primary => _instances.Primary;

    public int Run()
    {
        RequireManager();
        var before = PlaceInList();
        var directory = PlaceOf("config_directory", Primary.ConfigDirectory) ?? throw new CommandException("Missing config_directory parameter value");
        RefuseIfUsed("config_directory", directory, i => i.ConfigDirectory);
        if (!Path.IsPathRooted(directory))
        {
            throw new CommandException($"'{directory}' is not an absolute path");
        }

        var isThere = File.Exists(Path.Combine(directory, "main.cf")) || File.Exists(Path.Combine(directory, "master.cf"));
        if (isThere || _options.Action == "import")
        {
            Import(directory);
        }
        else
        {
            Create(directory);
        }

        InstanceSettings.Enlist(Primary, directory, before);
        return InstanceCommand.Postfix(Instance.Load(directory, isPrimary: false), ["set-permissions"]);
    }

    private void Create(string directory)
    {
        var queue = PlaceOf("queue_directory", Primary.QueueDirectory) ?? throw new CommandException("Missing queue_directory parameter value");
        var data = PlaceOf("data_directory", Primary.DataDirectory) ?? throw new CommandException("Missing data_directory parameter value");
        RefuseIfUsed("queue_directory", queue, i => i.QueueDirectory);
        RefuseIfUsed("data_directory", data, i => i.DataDirectory);
        var meta = Primary.Parameters.Get(Parameters.MetaDirectory);
        foreach (var name in new[] { "main.cf", "master.cf" })
        {
            if (!File.Exists(Path.Combine(meta, name + ".proto")))
            {
                throw new CommandException($"Missing {name} prototype: {meta}/{name}.proto");
            }
        }

        Directory.CreateDirectory(directory);
        Directory.CreateDirectory(queue);
        File.Copy(Path.Combine(meta, "main.cf.proto"), Path.Combine(directory, "main.cf"));
        File.Copy(Path.Combine(meta, "master.cf.proto"), Path.Combine(directory, "master.cf"));
        InstanceSettings.Set(
            Primary,
            directory,
            [
                .. Shared.Where(p => Primary.Parameters.IsSet(p)).Select(p => $"{p.Name} = {Primary.Parameters.Get(p)}"),
                $"data_directory = {data}",
                $"queue_directory = {queue}",
                "master_service_disable = inet",
                "authorized_submit_users =",
                .. InstanceEdit.Labels(_options),
            ]);
    }

    private void Import(string directory)
    {
        foreach (var name in new[] { "main.cf", "master.cf" })
        {
            if (!File.Exists(Path.Combine(directory, name)))
            {
                throw new CommandException($"'{directory}' lacks a {name} file");
            }
        }

        var found = Instance.Load(directory, isPrimary: false);
        RefuseIfUsed("queue_directory", found.QueueDirectory, i => i.QueueDirectory);
        RefuseIfUsed("data_directory", found.DataDirectory, i => i.DataDirectory);
        if (InstanceEdit.Labels(_options).ToArray() is { Length: > 0 } labels)
        {
            InstanceSettings.Set(Primary, directory, labels);
        }
    }

    private void RequireManager()
    {
        if (Primary.Parameters.Get(Parameters.MultiInstanceWrapper).Length == 0)
        {
            throw new CommandException("multi_instance_wrapper is empty, run 'postmulti -e init' first.");
        }

        if (!Primary.IsEnabled)
        {
            throw new CommandException("multi_instance_enable!=yes, run 'postmulti -e init' first.");
        }
    }

    // -a: in front of all secondary instances; -g, -i: in front of the first that matches.
    private string? PlaceInList()
    {
        var others = _instances.All.Skip(1).ToList();
        if (_options.IsAll)
        {
            return others.FirstOrDefault()?.ConfigDirectory;
        }

        if ((_options.Group ?? _options.Name) == null)
        {
            return null;
        }

        return others.Find(i => (_options.Group != null && i.Group == _options.Group) || (_options.Name != null && i.IsCalled(_options.Name)))?.ConfigDirectory
            ?? throw new CommandException("No matching secondary instances");
    }

    // As given, else beside the primary instance's under the new name.
    private string? PlaceOf(string parameter, string primary) =>
        _given.TryGetValue(parameter, out var given) ? given
        : _options.NewName is { Length: > 1 } name ? Path.Combine(Path.GetDirectoryName(primary) ?? "/", name) : null;

    private void RefuseIfUsed(string parameter, string value, Func<Instance, string> placeOf)
    {
        if (_instances.All.FirstOrDefault(i => placeOf(i) == value) is { } other)
        {
            throw new CommandException($"new {parameter}={value} is already in use by instance {other.ConfigDirectory}, {parameter}={value}");
        }
    }
}
