using Estafeta.Commands.Authenticate;
using Estafeta.Commands.Check;
using Estafeta.Commands.Dkim;
using Estafeta.Commands.Explain;
using Estafeta.Commands.Oauth;
using Estafeta.Commands.Postalias;
using Estafeta.Commands.Postcat;
using Estafeta.Commands.Postconf;
using Estafeta.Commands.Postdrop;
using Estafeta.Commands.Postfix;
using Estafeta.Commands.Postkick;
using Estafeta.Commands.Postlock;
using Estafeta.Commands.Postlog;
using Estafeta.Commands.Postmap;
using Estafeta.Commands.Postmulti;
using Estafeta.Commands.Postqueue;
using Estafeta.Commands.Postsuper;
using Estafeta.Commands.PosttlsFinger;
using Estafeta.Commands.Qshape;
using Estafeta.Commands.Sendmail;
using Estafeta.Commands.Sts;
using Estafeta.Commands.Tlsrpt;
using Estafeta.Master;
using Estafeta.Unix.Processes;

namespace Estafeta;

/// <summary>The commands, and master. Each takes its arguments without its name and returns the exit status.</summary>
internal static class CommandTable
{
    private static readonly Dictionary<string, Func<IReadOnlyList<string>, Task<int>>> Commands = new(StringComparer.Ordinal)
    {
        ["authenticate"] = static a => AuthenticateProgram.RunAsync(a, TimeProvider.System),
        ["check"] = static a => CheckProgram.RunAsync(a, TimeProvider.System),
        ["dkim"] = static a => DkimProgram.RunAsync(a),
        ["explain"] = static a => ExplainProgram.RunAsync(a, TimeProvider.System),
        ["master"] = static a => Task.FromResult(MasterProgram.Run(a, new ProgramLocator(Executable, DaemonTable.Has, DaemonTable.RunsCommands), TimeProvider.System)),
        ["mailq"] = static a => SendmailProgram.RunMailqAsync(a),
        ["newaliases"] = static a => SendmailProgram.RunNewaliasesAsync(a),
        ["oauth"] = static a => OauthProgram.RunAsync(a, TimeProvider.System),
        ["postalias"] = static a => PostaliasProgram.RunAsync(a),
        ["postcat"] = static a => PostcatProgram.RunAsync(a),
        ["postconf"] = static a => PostconfProgram.RunAsync(a, CalledAs("postconf")),
        ["postdrop"] = static a => PostdropProgram.RunAsync(a),
        ["postfix"] = static a => PostfixCommand.RunAsync(a, Executable, TimeProvider.System),
        ["postkick"] = static a => PostkickProgram.RunAsync(a),
        ["postlock"] = static a => PostlockProgram.RunAsync(a),
        ["postlog"] = static a => PostlogProgram.RunAsync(a),
        ["postmap"] = static a => PostmapProgram.RunAsync(a),
        ["postmulti"] = static a => PostmultiProgram.RunAsync(a),
        ["postqueue"] = static a => PostqueueProgram.RunAsync(a),
        ["postsuper"] = static a => PostsuperProgram.RunAsync(a),
        ["posttls-finger"] = static a => PosttlsFingerProgram.RunAsync(a, TimeProvider.System),
        ["qshape"] = static a => QshapeProgram.RunAsync(a),
        ["sendmail"] = static a => SendmailProgram.RunAsync(a),
        ["sts"] = static a => StsProgram.RunAsync(a, TimeProvider.System),
        ["tlsrpt"] = static a => TlsrptProgram.RunAsync(a, TimeProvider.System),
    };

    public static string Names => string.Join(' ', Commands.Keys);

    // "estafeta postconf" is postconf too.
    private static string CalledAs(string name) => ProgramName.Find() is var own && Path.GetFileName(own) == name ? own : name;

    private static string Executable => Environment.ProcessPath ?? throw new InvalidOperationException("the executable has no path");

    public static Func<IReadOnlyList<string>, Task<int>>? Find(string name) => Commands.GetValueOrDefault(name);
}
