using Estafeta.Commands.CommandLine;

namespace Estafeta.Commands.Postmulti;

/// <summary>postmulti(1): several mail systems on one machine, looked at, started and stopped together, made and removed.</summary>
public static class PostmultiProgram
{
    public const string Name = "postmulti";

    public static Task<int> RunAsync(IReadOnlyList<string> arguments) => CommandProgram.RunAsync(Name, log =>
    {
        var options = PostmultiOptions.Parse(arguments);
        var instances = InstanceList.Load();
        log.Configure(instances.Primary.Parameters);
        return Task.FromResult(options.Mode switch
        {
            'l' => InstanceIteration.List(instances.Select(options), options, log),
            'p' => InstanceIteration.Postfix(instances.Select(options), options, instances),
            'x' => InstanceIteration.Command(instances.Select(options), options),
            _ => InstanceEdit.Run(options, instances, log),
        });
    });
}
