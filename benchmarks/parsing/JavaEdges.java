// Which method each call means by the JDK's own attribution: one JSON line per call, for the scoring of our call graph.
// Run as JavaTruth.java.

import com.sun.source.tree.*;
import com.sun.source.util.*;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.tree.JCTree;
import com.sun.tools.javac.tree.TreeInfo;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import javax.tools.*;

public class JavaEdges {
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    StandardJavaFileManager files = compiler.getStandardFileManager(problems, null, StandardCharsets.UTF_8);
    List<String> paths = Files.readAllLines(Path.of(arguments[0]), StandardCharsets.UTF_8);
    JavacTask task =
        (JavacTask)
            compiler.getTask(
                null, files, problems, List.of("-proc:none", "-Xmaxerrs", "1"), null,
                files.getJavaFileObjectsFromStrings(paths));
    List<CompilationUnitTree> units = new ArrayList<>();
    for (CompilationUnitTree unit : task.parse()) units.add(unit);
    task.analyze();
    Map<Symbol, String> declared = new HashMap<>();
    for (CompilationUnitTree unit : units) {
      new TreeScanner<Void, Void>() {
        @Override
        public Void visitMethod(MethodTree node, Void nothing) {
          JCTree.JCMethodDecl method = (JCTree.JCMethodDecl) node;
          // Default constructors have no text of their own: they stand where their class does.
          boolean written = (method.mods.flags & com.sun.tools.javac.code.Flags.GENERATEDCONSTR) == 0;
          if (method.sym != null && written) declared.put(method.sym, place(unit, method.pos));
          return super.visitMethod(node, nothing);
        }
      }.scan(unit, null);
    }
    for (CompilationUnitTree unit : units) {
      new TreeScanner<Void, Void>() {
        final Deque<String> callers = new ArrayDeque<>();

        @Override
        public Void visitMethod(MethodTree node, Void nothing) {
          callers.addLast(place(unit, ((JCTree.JCMethodDecl) node).pos));
          super.visitMethod(node, nothing);
          callers.removeLast();
          return null;
        }

        @Override
        public Void visitMethodInvocation(MethodInvocationTree node, Void nothing) {
          call(TreeInfo.symbol((JCTree) node.getMethodSelect()));
          return super.visitMethodInvocation(node, nothing);
        }

        @Override
        public Void visitNewClass(NewClassTree node, Void nothing) {
          call(((JCTree.JCNewClass) node).constructor);
          return super.visitNewClass(node, nothing);
        }

        void call(Symbol symbol) {
          String callee = symbol == null ? null : declared.get(symbol);
          if (callee != null && !callers.isEmpty()) out.println("[" + callers.peekLast() + ", " + callee + "]");
        }
      }.scan(unit, null);
    }
    out.flush();
  }

  static String place(CompilationUnitTree unit, int position) {
    String path = unit.getSourceFile().getName().replace("\\", "/").replace("\"", "\\\"");
    return "[\"" + path + "\", " + unit.getLineMap().getLineNumber(position) + "]";
  }
}
