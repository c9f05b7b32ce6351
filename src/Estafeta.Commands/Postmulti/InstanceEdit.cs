using Estafeta.Commands.CommandLine;

namespace Estafeta.Commands.Postmulti;

/// <summary><c>postmulti -e</c>: the life of an instance, from init and create to destroy.</summary>
internal static class InstanceEdit
{
    public static int Run(PostmultiOptions options, InstanceList instances, CommandLog log)
    {
        if (options.NewName is { } name && name != "-" && !name.StartsWith("postfix-", StringComparison.Ordinal))
        {
            throw new CommandException("New instance name must start with 'postfix-'");
        }

        switch (options.Action)
        {
            case "init":
                InstanceSettings.Set(
                    instances.Primary, instances.Primary.ConfigDirectory, "multi_instance_wrapper = ${command_directory}/postmulti -p --", "multi_instance_enable = yes");
                return 0;
            case "create" or "import":
                return new InstanceCreation(instances, options).Run();
            case "enable" or "disable" or "assign" or "deport" or "destroy":
                return Change(options, instances, log);
            default:
                throw new CommandException(
                    $"Invalid '-e' edit action '{options.Action}'. Specify 'create', 'destroy', 'import', 'deport', 'enable', 'disable', 'assign' or 'init'");
        }
    }

    /// <summary>The settings that <c>-I</c> and <c>-G</c> ask for; <c>-</c> means none.</summary>
    public static IEnumerable<string> Labels(PostmultiOptions options)
    {
        if (options.NewName is { } name)
        {
            yield return "multi_instance_name = " + (name == "-" ? "" : name);
        }

        if (options.NewGroup is { } group)
        {
            yield return "multi_instance_group = " + (group == "-" ? "" : group);
        }
    }

    private static int Change(PostmultiOptions options, InstanceList instances, CommandLog log)
    {
        var instance = instances.Named(options.Name ?? throw new CommandException("Select an instance via '-i name'"));
        switch (options.Action)
        {
            case "enable" or "disable":
                InstanceSettings.Set(instances.Primary, instance.ConfigDirectory, "multi_instance_enable = " + (options.Action == "enable" ? "yes" : "no"));
                return 0;
            case "assign":
                if (Labels(options).ToArray() is not { Length: > 0 } labels)
                {
                    throw new CommandException("Specify a new name or group with '-I' or '-G'");
                }

                InstanceSettings.Set(instances.Primary, instance.ConfigDirectory, labels);
                return 0;
            case var _ when instance.IsPrimary:
                throw new CommandException("Cannot remove the primary instance");
            case var _ when instance.IsEnabled:
                throw new CommandException("Cannot remove enabled instances");
            case "destroy":
                new InstanceRemoval(instance, log).Run();
                break;
        }

        InstanceSettings.Delist(instances.Primary, instance.ConfigDirectory);
        return 0;
    }
}
